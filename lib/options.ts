import { inspect } from 'node:util';

/**
 * Checks the value of one option and returns the value to use; `undefined` stands for an option that was not given.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` for a value of the wrong type
 * @throws {RangeError} `ERR_OUT_OF_RANGE` for a value of the right type that is not allowed
 */
export type Option<T> = (given: unknown, name: string) => T;

/** The values of a table of options. */
export type OptionValues<Table> = { [Name in keyof Table]: Table[Name] extends Option<infer T> ? T : never };

/** The longest delay of setTimeout, in seconds: 2^31 - 1 ms. A longer one fires after 1 ms. */
const MAX_SECONDS = 2_147_483.647;

/**
 * Checks the given options and fills in the defaults.
 *
 * ```ts
 * const { port, timeout } = readOptions({ port: integer(0, 65_535), timeout: withDefault(5, seconds) }, given);
 * ```
 *
 * @param table every option that may be given
 * @param prefix what errors put before an option's name: `tls.`
 * @throws {TypeError} `ERR_INVALID_ARG_VALUE` for an unknown option; otherwise like {@link Option}
 */
export function readOptions<Table extends Readonly<Record<string, Option<unknown>>>>(
  table: Table,
  given: unknown = {},
  prefix = '',
): OptionValues<Table> {
  if (typeof given !== 'object' || given === null) {
    const what = prefix === '' ? 'options' : prefix.slice(0, -1);
    throw coded(new TypeError(`${what} must be an object, not ${shown(given)}`), 'ERR_INVALID_ARG_TYPE');
  }
  const values = given as Record<string, unknown>;
  for (const [name, value] of Object.entries(values)) {
    if (Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).join(', ');
    throw coded(
      new TypeError(`there is no option ${prefix}${name} (${shown(value)}): use ${known}`),
      'ERR_INVALID_ARG_VALUE',
    );
  }
  const read = Object.entries(table).map(([name, option]) => [name, option(values[name], prefix + name)]);
  return Object.fromEntries(read) as OptionValues<Table>;
}

/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number): Option<number> =>
  option(
    `a whole number from ${min} to ${max}`,
    (value) => typeof value === 'number',
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );

/** A duration in seconds, fractions allowed, no longer than a timer can run. */
export const seconds: Option<number> = option(
  `a number of seconds from 0 to ${MAX_SECONDS}`,
  (value) => typeof value === 'number',
  (value) => value >= 0 && value <= MAX_SECONDS,
);

/** A string that is not empty. */
export const text: Option<string> = option(
  'a string that is not empty',
  (value) => typeof value === 'string',
  (value) => value !== '',
);

/**
 * A string of a certain form.
 * @param must what it must be, for the error
 */
export const textThat = (must: string, isAllowed: (value: string) => boolean): Option<string> =>
  option(must, (value) => typeof value === 'string', isAllowed);

/** A list, each item of it as `item` says. */
export const listOf =
  <T>(item: Option<T>): Option<readonly T[]> =>
  (given, name) => {
    if (!Array.isArray(given))
      throw coded(new TypeError(`${name} must be a list, not ${shown(given)}`), 'ERR_INVALID_ARG_TYPE');
    return given.map((value, index) => item(value, `${name}[${index}]`));
  };

/** One of these words. */
export const oneOf = <Word extends string>(...words: readonly Word[]): Option<Word> =>
  option(
    `one of ${words.join(', ')}`,
    (value): value is Word => typeof value === 'string',
    (value) => words.includes(value),
  );

/** True or false. */
export const boolean: Option<boolean> = option(
  'true or false',
  (value): value is boolean => typeof value === 'boolean',
);

/** A function. Its parameters and result are not checked. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any function is one
export const callback = <F extends (...args: any[]) => unknown>(): Option<F> =>
  option('a function', (value): value is F => typeof value === 'function');

/** An AbortSignal, of this realm or another. */
export const abortSignal: Option<AbortSignal> = option(
  'an AbortSignal',
  (value): value is AbortSignal =>
    typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
);

/** A text in PEM form, as a string or as the bytes of a file. Errors do not show what was given: it may be a key. */
export const pem: Option<string> = (given, name) => {
  const text = given instanceof Uint8Array ? Buffer.from(given).toString('latin1') : given;
  if (typeof text === 'string' && text.includes('-----BEGIN ')) return text;
  throw coded(new TypeError(`${name} must be the contents of a PEM file, not its path`), 'ERR_INVALID_ARG_TYPE');
};

/** Options within an option. */
export const group =
  <Table extends Readonly<Record<string, Option<unknown>>>>(table: Table): Option<OptionValues<Table>> =>
  (given, name) =>
    readOptions(table, given, `${name}.`);

/** The values that a {@link group} gives. */
export type GroupOf<Group> = Group extends Option<infer Values> ? Values : never;

/** The same option, or undefined. */
export const optional =
  <T>(inner: Option<T>): Option<T | undefined> =>
  (given, name) =>
    given === undefined ? undefined : inner(given, name);

/** The same option, with `value` as its default. */
export const withDefault =
  <T>(value: T, inner: Option<T>): Option<T> =>
  (given, name) =>
    given === undefined ? value : inner(given, name);

/**
 * Makes an option.
 * @param must what it must be, for the error message
 */
function option<T>(
  must: string,
  isOfType: (value: unknown) => value is T,
  isAllowed: (value: T) => boolean = () => true,
): Option<T> {
  return (given, name) => {
    const words = `${name} must be ${must}, not ${shown(given)}`;
    if (!isOfType(given)) throw coded(new TypeError(words), 'ERR_INVALID_ARG_TYPE');
    if (!isAllowed(given)) throw coded(new RangeError(words), 'ERR_OUT_OF_RANGE');
    return given;
  };
}

function coded(error: Error, code: string): Error {
  return Object.assign(error, { code });
}

/** A value in one short line; of a private key nothing. */
function shown(value: unknown): string {
  if (typeof value === 'string' && value.includes('PRIVATE KEY')) return '(a private key)';
  return inspect(value, {
    depth: 0,
    customInspect: false,
    breakLength: Infinity,
    maxArrayLength: 3,
    maxStringLength: 64,
  });
}
