import { resolve } from 'node:path';
import convict from 'convict';
import { type Format, formats } from './formats';
import { absolute, homeFolder, isAtHome } from './home';
import { schema } from './schema';
import { withoutServiceVariables } from './service-variables';
import { type Settings, settings } from './settings';
import { type Problem, SettingsError, quote } from './settings-error';
import { type Origin, problemAt, winnerOf } from './source';
import { type FlagValue, defaults, flagSource, homeFiles, namedFiles, packageFiles, variableSource } from './sources';
import { echoAddressOf } from './echo-address';

export type { Origin } from './source';
export type { FlagValue } from './sources';

/** What a run gets its settings from. */
export interface Given {
  readonly environment: NodeJS.ProcessEnv;
  /** In the order in which they were typed. */
  readonly flags: readonly FlagValue[];
  /** The files of `--config`, in order. */
  readonly files: readonly string[];
  /** The folder that has `config/` in it; default: this package. */
  readonly root?: string;
  /** Problems of the command line that are already known, to be reported with the others. */
  readonly problems?: readonly Problem[];
  /** Whether `echo.host` may be HOST:PORT, because the command connects to it; default false. */
  readonly takesTarget?: boolean;
}

/** The settings of a run. */
export interface Loaded {
  readonly settings: Settings;
  /** Where each setting comes from, by path. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The config files that were read, weakest first. */
  readonly files: readonly string[];
}

const PACKAGE_ROOT = resolve(__dirname, '../..');

const NO_HOME = 'is in the home folder, but there is none: set HOME, or use an absolute path';

/** The settings that are paths of files and folders. */
const fileSettings = settings
  .filter(({ definition }) => (formats[definition.format] as Format).isPath)
  .map(({ path }) => path as 'trustHome' | 'log.file'); // for convict's types

convict.addFormats(
  Object.fromEntries(
    Object.entries(formats).map(([name, { accepts, must, parse }]) => [
      name,
      {
        coerce: parse,
        validate(value: unknown) {
          if (!accepts(value)) throw new Error(`must ${must}`);
        },
      },
    ]),
  ),
);

/**
 * Resolves the settings of a run. Weakest source first: the schema's defaults, `config/default.json`, `config/$NODE_ENV.json`,
 * `$TRUST_HOME/config.json` if it exists, the file that TRUSTCTL_CONFIG names, each `--config` file in order, variables, flags.
 *
 * Every source is checked whole, including values that a stronger source overrides. `$TRUST_HOME` is the `trustHome` of all
 * sources but its own config.json.
 * @throws {SettingsError} with all problems; its exit is that of the first, in the order flags, variables, files
 */
export function loadSettings(given: Given): Loaded {
  const environment = withoutServiceVariables(given.environment);
  const home = homeFolder(environment);

  const ofPackage = packageFiles(resolve(given.root ?? PACKAGE_ROOT, 'config'), environment);
  const named = namedFiles(environment, given.files);
  const variables = variableSource(environment);
  const flags = flagSource(given.flags);
  const weakest = defaults();
  const trustHome = winnerOf('trustHome', [weakest, ...ofPackage, ...named, variables, flags]).value as string;
  const files = [...ofPackage, ...homeFiles(absolute(trustHome, home)), ...named];
  const sources = [weakest, ...files, variables, flags];
  refuse([...(given.problems ?? []), ...[flags, variables, ...files].flatMap(({ problems }) => problems)]);

  const config = convict(schema as unknown as convict.Schema<Settings>, { env: {}, args: [] });
  for (const { values } of sources) for (const [path, { value }] of values) config.set(path, value);
  config.validate({ allowed: 'strict' });
  const origins = new Map(settings.map(({ path }) => [path, winnerOf(path, sources).from]));

  const target = echoAddressOf(config.get('echo'), sources, given.takesTarget ?? false);
  config.set('echo.host', target.host);
  config.set('echo.port', target.port);
  origins.set('echo.port', target.portOrigin);
  resolvePaths(config, origins, home);
  return { settings: freeze(config.getProperties()), origins, files: files.map(({ name }) => name) };
}

/** @throws {SettingsError} if there is a problem */
function refuse([first, ...rest]: readonly Problem[]): void {
  if (first) throw new SettingsError([first, ...rest]);
}

/**
 * Makes the paths of files absolute, with `<trustHome>` and `~` expanded.
 * @throws {SettingsError} if a path that was set is in the home folder, and there is none
 */
function resolvePaths(
  config: convict.Config<Settings>,
  origins: ReadonlyMap<string, Origin>,
  home: string | undefined,
): void {
  const trustHome = config.get('trustHome');
  const problems: Problem[] = [];
  for (const path of fileSettings) {
    const written = config.get(path);
    const value = written.replaceAll('<trustHome>', () => trustHome);
    const from = origins.get(path) as Origin;
    if (home === undefined && from.source !== 'default' && isAtHome(value))
      problems.push(problemAt(from, `${quote(written)} ${NO_HOME}`));
    else if (value !== '') config.set(path, absolute(value, home));
  }
  refuse(problems);
}

function freeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) freeze(value as object);
  return Object.freeze(tree);
}
