import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { readTextFile } from '../io/text-file';
import { duplicateKeys } from './duplicate-keys';
import { quote } from './settings-error';
import { type Origin, type Source, problemAt } from './source';
import { acceptsInFile, formats, refusal } from './formats';
import { suggestion } from './nearest';
import { type SettingDefinition, schema } from './schema';
import { settings } from './settings';

/** A config file. */
export interface ConfigFile extends Source {
  /** As a person knows it. */
  readonly name: string;
}

/** Larger than any config file. */
const MAX_BYTES = 1 << 20;

/** What JSON.parse objects to, with line and column instead of its offset. Without an offset its message has an excerpt. */
function syntaxProblem(text: string, { message }: Error): string {
  const [what = ''] = message.replaceAll(/\s+/g, ' ').split(/ in JSON at position| \(line/);
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return what;
  const before = text.slice(0, Number(position)).split('\n');
  return `${what} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSetting = (node: object): node is SettingDefinition => 'format' in node && typeof node.format === 'string';

/** The valid keys: the paths of settings and the names of groups. */
const names = [
  ...new Set(settings.flatMap(({ path }) => (path.includes('.') ? [path, path.split('.')[0] ?? ''] : [path]))),
];

/** Walks a file's tree along the schema's. Own keys only, so that `__proto__` is an unknown key like any other. */
function* check(
  node: object,
  schemaNode: object,
  parents: readonly string[],
): Generator<{ path: string; value: unknown } | string> {
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    const path = [...parents, key].join('.');
    const known: unknown = Object.hasOwn(schemaNode, key) ? (schemaNode as Record<string, unknown>)[key] : undefined;
    if (!isObject(known)) {
      yield key.includes('.') && names.includes(path)
        ? `${quote(path)} must be written as groups: {"${path.replaceAll('.', '": {"')}": …}}`
        : `${quote(path)} is not a setting${suggestion(path, names)}`;
    } else if (isSetting(known)) {
      const format = formats[known.format];
      yield acceptsInFile(format, value) ? { path, value } : `${path}: ${refusal(format, value)}`;
    } else if (isObject(value)) {
      yield* check(value, known, [...parents, key]);
    } else {
      yield `${path}: ${quote(value)} must be an object with settings (${Object.keys(known).join(', ')})`;
    }
  }
}

/**
 * Reads and checks a config file: a JSON object in the shape of the schema.
 * @param name what its problems call it
 * @returns `undefined` if there is no such file
 */
export function readConfigFile(path: string, name: string): ConfigFile | undefined {
  const broken = (text: string, exit: ExitName = 'config'): ConfigFile => ({
    name,
    values: new Map(),
    problems: [{ exit, text: `file ${name}: ${text}` }],
  });
  let text: string;
  try {
    text = readTextFile(path, MAX_BYTES);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    return broken(error.message, error.exit);
  }

  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    return broken(`not JSON: ${syntaxProblem(text, error as Error)}`);
  }
  if (!isObject(tree)) return broken(`${quote(tree)} must be an object with settings`);

  const from: Origin = { source: 'file', origin: name };
  const values = new Map<string, { value: unknown; from: Origin }>();
  const problems = duplicateKeys(text).map(
    ({ key, first, second }) => `${quote(key)} is there twice, in lines ${first} and ${second}: remove one`,
  );
  for (const found of check(tree, schema, [])) {
    if (typeof found === 'string') problems.push(found);
    else values.set(found.path, { value: found.value, from });
  }
  return { name, values, problems: problems.map((problem) => problemAt(from, problem)) };
}
