import { randomUUID } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';
import convict from 'convict';
import { type Problem, SettingsError, quote } from './settings-error';
import { type ConfigFile, readConfigFile } from './file';
import { formats, refusal } from './formats';
import { homeFolder } from './home';
import { suggestion } from './nearest';
import { schema } from './schema';
import { withoutServiceVariables } from './service-variables';
import { type Setting, type Settings, settings } from './settings';
import { addressOf } from './address';

/** A setting's flag as it was typed. */
export interface FlagValue {
  readonly setting: Setting;
  /** With its dashes: `--max-payload`. */
  readonly flag: string;
  readonly text: string;
}

/** All that settings come from. */
export interface Sources {
  readonly environment: NodeJS.ProcessEnv;
  /** In the order in which they were typed: the last of two wins. */
  readonly flags: readonly FlagValue[];
  /** The files of `--config`, in order. */
  readonly files: readonly string[];
  /** The folder that holds `config/`; default this package's. */
  readonly root?: string;
  /** What is already known to be wrong with the command line; reported with the rest. */
  readonly problems?: readonly Problem[];
  /** Whether `echo.host` may be HOST:PORT: the command connects to it. */
  readonly takesTarget?: boolean;
}

/** Where a setting's value comes from. */
export interface Origin {
  readonly source: 'default' | 'file' | 'variable' | 'flag';
  /** Which file, variable or flag; empty for a default. */
  readonly origin: string;
}

/** The settings of a run, and where each of them comes from, by path. */
export interface Loaded {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
  /** The config files that were read, weakest first. */
  readonly files: readonly string[];
}

const PACKAGE_ROOT = resolve(__dirname, '../..');

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

type Node = Record<string, unknown>;
const valueAt = (tree: object, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Node)[key], tree);

/** The schema as convict takes it: with each setting's variable, and a request id of this run. */
function convictSchema(): convict.Schema<Settings> {
  const tree = structuredClone(schema) as Node;
  for (const { path, variable } of settings) (valueAt(tree, path) as Node).env = variable;
  (valueAt(tree, 'requestId') as Node).default = randomUUID();
  return tree as convict.Schema<Settings>;
}

/** A string for a setting, from a flag or a variable. */
function textProblem({ definition }: Setting, text: string): string | undefined {
  const format = formats[definition.format];
  return format.accepts(format.parse(text)) ? undefined : refusal(format, text);
}

function flagProblems(flags: readonly FlagValue[]): Problem[] {
  return flags.flatMap(({ setting, flag, text }) => {
    const problem = textProblem(setting, text);
    return problem === undefined ? [] : [{ exit: 'usage', text: `flag ${flag}: ${problem}` }];
  });
}

/** Variables that begin like a setting's are ours; other TRUSTCTL_ names belong to whoever set them. */
const ours = new RegExp(
  `^TRUSTCTL_(${[...new Set(settings.map(({ wholeFlag }) => wholeFlag.toUpperCase().split('-')[0]))].join('|')})_`,
);

function variableProblems(environment: NodeJS.ProcessEnv): Problem[] {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  return Object.entries(environment).flatMap(([name, text]) => {
    if (text === undefined) return [];
    const setting = byVariable.get(name);
    const meant = name.replace(/^TRUSTCTL_(?=TRUST_)/, ''); // TRUST_HOME is not TRUSTCTL_TRUST_HOME
    const unknown = ours.test(name) ? `names no setting${suggestion(meant, [...byVariable.keys()])}` : undefined;
    const problem = setting ? textProblem(setting, text) : unknown;
    return problem === undefined ? [] : [{ exit: 'config', text: `variable ${name}: ${problem}` }];
  });
}

/** The files of the package's config folder: default.json, then the one named after NODE_ENV, where that is a plain name. */
function packageFiles({ environment: { NODE_ENV = '' }, root = PACKAGE_ROOT }: Sources): (ConfigFile | undefined)[] {
  const names = ['default', ...(/^\w[\w.-]*$/.test(NODE_ENV) ? [NODE_ENV] : [])];
  return names.map((name) => readConfigFile(join(root, 'config', `${name}.json`), `config/${name}.json`));
}

/** The files that someone named: they must be there. */
function namedFiles({ environment: { TRUSTCTL_CONFIG = '' }, files }: Sources): ConfigFile[] {
  return [...(TRUSTCTL_CONFIG === '' ? [] : [TRUSTCTL_CONFIG]), ...files].map(
    (name) =>
      readConfigFile(name, name) ?? {
        name,
        tree: {},
        values: new Map(),
        problems: [{ exit: 'noInput', text: `file ${name}: there is no such file (ENOENT)` }],
      },
  );
}

/** Whether a path is written from the home folder on. */
const isAtHome = (path: string): boolean => /^~(?=$|\/)/.test(path);

/** A path as it was set, absolute; one in the home folder stays as it is where there is none. */
function absolute(path: string, home: string | undefined): string {
  if (!isAtHome(path)) return resolve(path);
  return home === undefined ? path : resolve(join(home, path.slice(1)));
}

/** The settings that name a file. */
const filePaths: ReadonlySet<string> = new Set(
  settings.filter(({ definition }) => definition.format === 'optionalFile').map(({ path }) => path),
);

/** Values as the program works with them: `~` and `<trustHome>` expanded, files absolute; an empty one stays empty. */
function expand(tree: Node, trustHome: string, home: string | undefined, group = ''): Node {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => {
      if (typeof value === 'object' && value !== null) {
        return [key, expand(value as Node, trustHome, home, `${group}${key}.`)];
      }
      if (typeof value !== 'string') return [key, value];
      const text = value.replaceAll('<trustHome>', () => trustHome);
      return [key, filePaths.has(group + key) && text !== '' ? absolute(text, home) : text];
    }),
  );
}

function freeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) freeze(value as object);
  return Object.freeze(tree);
}

/**
 * Resolves the settings of a run, once. Weakest first: the schema's default, `config/default.json`,
 * `config/$NODE_ENV.json`, `$TRUST_HOME/config.json` where it exists, the file that TRUSTCTL_CONFIG names, each
 * `--config` file in order, variables, flags.
 *
 * Every source is checked whole, also a value that a stronger source overrides. `$TRUST_HOME` is the trustHome that all
 * sources but its own config.json give.
 * @throws {SettingsError} with all problems; it exits as the first of them, in the order flags, variables, files
 */
export function loadSettings(sources: Sources): Loaded {
  const { flags } = sources;
  const environment = withoutServiceVariables(sources.environment);
  const home = homeFolder(environment);
  const ofPackage = packageFiles(sources).filter((file) => file !== undefined);
  const named = namedFiles(sources);

  const homeOf = (files: readonly ConfigFile[]): unknown =>
    flags.findLast(({ setting }) => setting.path === 'trustHome')?.text ??
    environment.TRUST_HOME ??
    files.findLast(({ values }) => values.has('trustHome'))?.values.get('trustHome') ??
    schema.trustHome.default;
  const homeFile = join(absolute(String(homeOf([...ofPackage, ...named])), home), 'config.json');
  const ofHome = isAbsolute(homeFile) ? readConfigFile(homeFile, homeFile) : undefined;
  const files = [...ofPackage, ...(ofHome ? [ofHome] : []), ...named];

  refuse([
    ...(sources.problems ?? []),
    ...flagProblems(flags),
    ...variableProblems(environment),
    ...files.flatMap(({ problems }) => problems),
  ]);

  // convict's own order: defaults, then what is loaded, always under the variables; what is set wins
  const config = convict(convictSchema(), { env: environment, args: [] });
  for (const { tree } of files) config.load(tree);
  for (const { setting, text } of flags) config.set(setting.path, text);
  config.validate({ allowed: 'strict' });

  const raw = config.getProperties();
  const ranked = new Map(settings.map((setting) => [setting.path, originOf(setting, flags, environment, files)]));
  const { echo, portOrigin } = target(raw.echo, ranked, sources.takesTarget ?? false);
  ranked.set('echo.port', portOrigin);
  if (home === undefined) refuse(homelessProblems(raw, ranked));

  const trustHome = absolute(raw.trustHome, home);
  const tree = expand({ ...raw, echo, trustHome }, trustHome, home) as unknown as Settings;
  return {
    settings: freeze(tree),
    origins: new Map([...ranked].map(([path, { source, origin }]) => [path, { source, origin }])),
    files: files.map(({ name }) => name),
  };
}

/** @throws {SettingsError} where there is a problem */
function refuse([first, ...rest]: readonly Problem[]): void {
  if (first) throw new SettingsError([first, ...rest]);
}

/** A problem of a value that only shows beside the others. */
function problemAt({ source, origin }: Origin, text: string): Problem {
  return { exit: source === 'flag' ? 'usage' : 'config', text: `${source} ${origin}: ${text}` };
}

/** Paths that someone set in the home folder, where there is none. */
function homelessProblems(tree: Settings, origins: ReadonlyMap<string, Origin>): Problem[] {
  const { trustHome } = tree;
  return ['trustHome', ...filePaths].flatMap((path) => {
    const value = valueAt(tree, path) as string;
    const origin = origins.get(path);
    const needsHome = isAtHome(value) || (value.includes('<trustHome>') && isAtHome(trustHome));
    if (origin === undefined || origin.source === 'default' || !needsHome) return [];
    return [
      problemAt(origin, `${quote(value)} needs a home folder, and there is none: set HOME, or give the whole path`),
    ];
  });
}

/** Where the clients connect: a port that stands beside the host is as strong as the host is. */
function target(
  echo: Settings['echo'],
  origins: ReadonlyMap<string, RankedOrigin>,
  takesTarget: boolean,
): { echo: Settings['echo']; portOrigin: RankedOrigin } {
  const hostOrigin = origins.get('echo.host') as RankedOrigin;
  const portOrigin = origins.get('echo.port') as RankedOrigin;
  const { host = echo.host, port } = addressOf(echo.host) ?? {};
  if (port === undefined) return { echo: { ...echo, host }, portOrigin };
  if (!takesTarget) refuse([problemAt(hostOrigin, `${quote(echo.host)} has a port: a server takes that by --port`)]);
  if (hostOrigin.rank === portOrigin.rank && port !== echo.port) {
    refuse([
      problemAt(hostOrigin, `${quote(echo.host)} and port ${echo.port} of ${portOrigin.origin} differ: leave one out`),
    ]);
  }
  return hostOrigin.rank < portOrigin.rank
    ? { echo: { ...echo, host }, portOrigin }
    : { echo: { ...echo, host, port }, portOrigin: hostOrigin };
}

/** An origin with its place among all sources: the higher wins. */
interface RankedOrigin extends Origin {
  readonly rank: number;
}

/** The strongest source that names the setting. */
function originOf(
  { path, variable }: Setting,
  flags: readonly FlagValue[],
  environment: NodeJS.ProcessEnv,
  files: readonly ConfigFile[],
): RankedOrigin {
  const flag = flags.findLast(({ setting }) => setting.path === path);
  if (flag) return { source: 'flag', origin: flag.flag, rank: files.length + 2 };
  if (environment[variable] !== undefined) return { source: 'variable', origin: variable, rank: files.length + 1 };
  const index = files.findLastIndex(({ values }) => values.has(path));
  const file = files[index];
  return file ? { source: 'file', origin: file.name, rank: index + 1 } : { source: 'default', origin: '', rank: 0 };
}
