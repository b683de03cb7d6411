import { randomUUID } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { type ConfigFile, readConfigFile } from './file';
import { formats, refusal } from './formats';
import { suggestion } from './nearest';
import type { Problem } from './settings-error';
import { type Setting, settings } from './settings';
import { type Origin, type Source, problemAt } from './source';

/** A flag as it was typed. */
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

/** A source of strings, checked by the formats of their settings. */
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

/** Flags. If a setting has several, the last one wins. */
export function flagSource(flags: readonly FlagValue[]): Source {
  return stringSource(flags.map(({ setting, flag, text }) => [setting, { source: 'flag', origin: flag }, text]));
}

const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));

/** A variable that starts like this must name a setting. Other names with TRUSTCTL_ are none of our business. */
const ours = new RegExp(
  `^TRUSTCTL_(${[...new Set(settings.map(({ wholeFlag }) => wholeFlag.toUpperCase().split('-')[0]))].join('|')})_`,
);

/** Variables. A name that starts like a setting's but is none is a problem. */
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
      unknown.push(problemAt(from, `is not a setting${suggestion(meant, [...byVariable.keys()])}`));
  }
  const { values, problems } = stringSource(strings);
  return { values, problems: [...problems, ...unknown] };
}

/** Files of the config folder: default.json, then the one named by NODE_ENV, which must be a plain name. */
export function packageFiles(folder: string, { NODE_ENV = '' }: NodeJS.ProcessEnv): ConfigFile[] {
  const names = ['default.json', ...(/^\w[\w.-]*$/.test(NODE_ENV) ? [`${NODE_ENV}.json`] : [])];
  return names.flatMap((name) => readConfigFile(join(folder, name), `config/${name}`) ?? []);
}

/** `config.json` in `trustHome`, if it exists. A `trustHome` that is not absolute is in an unknown home folder. */
export function homeFiles(trustHome: string): ConfigFile[] {
  if (!isAbsolute(trustHome)) return [];
  const path = join(trustHome, 'config.json');
  const file = readConfigFile(path, path);
  return file ? [file] : [];
}

/** The files named by TRUSTCTL_CONFIG and by `--config`, in this order. They must exist. */
export function namedFiles({ TRUSTCTL_CONFIG = '' }: NodeJS.ProcessEnv, files: readonly string[]): ConfigFile[] {
  return [...(TRUSTCTL_CONFIG === '' ? [] : [TRUSTCTL_CONFIG]), ...files].map(
    (name) =>
      readConfigFile(name, name) ?? {
        name,
        values: new Map(),
        problems: [{ exit: 'noInput', text: `file ${name}: no such file (ENOENT)` }],
      },
  );
}
