import { randomUUID } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { type ConfigFile, readConfigFile } from './file';
import { formats, refusal } from './formats';
import { suggestion } from './nearest';
import type { Problem } from './settings-error';
import { type Setting, settings } from './settings';
import { type Origin, type Source, problemAt } from './source';

/** A setting's flag as it was typed. */
export interface FlagValue {
  readonly setting: Setting;
  /** With its dashes: `--max-payload`. */
  readonly flag: string;
  readonly text: string;
}

/** The schema's defaults, and a new request id. */
export function defaults(): Source {
  const from: Origin = { source: 'default', origin: '' };
  const values = new Map<string, { value: unknown; from: Origin }>();
  for (const { path, definition } of settings) values.set(path, { value: definition.default, from });
  return { values: values.set('requestId', { value: randomUUID(), from }), problems: [] };
}

/** A source of strings: each is parsed and checked by the format of its setting. */
function stringSource(strings: readonly (readonly [setting: Setting, from: Origin, text: string])[]): Source {
  const values = new Map<string, { value: string; from: Origin }>();
  const problems: Problem[] = [];
  for (const [{ path, definition }, from, text] of strings) {
    const format = formats[definition.format];
    if (format.accepts(format.parse(text))) values.set(path, { value: text, from });
    else problems.push(problemAt(from, refusal(format, text)));
  }
  return { values, problems };
}

/** Flags. Of two for one setting the last wins. */
export function flagSource(flags: readonly FlagValue[]): Source {
  return stringSource(flags.map(({ setting, flag, text }) => [setting, { source: 'flag', origin: flag }, text]));
}

const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));

/** The start of a variable that must be a setting's. Other names with TRUSTCTL_ belong to whoever set them. */
const ours = new RegExp(
  `^TRUSTCTL_(${[...new Set(settings.map(({ wholeFlag }) => wholeFlag.toUpperCase().split('-')[0]))].join('|')})_`,
);

/** Variables. One that looks like a setting's and is not is a problem. */
export function variableSource(environment: NodeJS.ProcessEnv): Source {
  const strings: [Setting, Origin, string][] = [];
  const unknown: Problem[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined) continue;
    const from: Origin = { source: 'variable', origin: name };
    const setting = byVariable.get(name);
    const meant = name.replace(/^TRUSTCTL_(?=TRUST_)/, ''); // TRUST_HOME is not TRUSTCTL_TRUST_HOME
    if (setting) strings.push([setting, from, text]);
    else if (ours.test(name))
      unknown.push(problemAt(from, `names no setting${suggestion(meant, [...byVariable.keys()])}`));
  }
  const { values, problems } = stringSource(strings);
  return { values, problems: [...problems, ...unknown] };
}

/** The files of the config folder: default.json, then the one named by NODE_ENV, if that is a plain name. */
export function packageFiles(folder: string, { NODE_ENV = '' }: NodeJS.ProcessEnv): ConfigFile[] {
  const names = ['default.json', ...(/^\w[\w.-]*$/.test(NODE_ENV) ? [`${NODE_ENV}.json`] : [])];
  return names.flatMap((name) => readConfigFile(join(folder, name), `config/${name}`) ?? []);
}

/** The `config.json` of `trustHome`, if it exists. A path that is not absolute is in a home folder that does not exist. */
export function homeFiles(trustHome: string): ConfigFile[] {
  if (!isAbsolute(trustHome)) return [];
  const path = join(trustHome, 'config.json');
  const file = readConfigFile(path, path);
  return file ? [file] : [];
}

/** The files that a person named, by TRUSTCTL_CONFIG and then by `--config`. They must exist. */
export function namedFiles({ TRUSTCTL_CONFIG = '' }: NodeJS.ProcessEnv, files: readonly string[]): ConfigFile[] {
  return [...(TRUSTCTL_CONFIG === '' ? [] : [TRUSTCTL_CONFIG]), ...files].map(
    (name) =>
      readConfigFile(name, name) ?? {
        name,
        values: new Map(),
        problems: [{ exit: 'noInput', text: `file ${name}: there is no such file (ENOENT)` }],
      },
  );
}
