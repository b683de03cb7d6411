import type { LogLevel } from '../errors/faults';
import { quote } from './settings-error';
import { networkOf } from '../net/network';
import { parseHostPort } from './parse-host-port';
import { localAddresses } from './local-addresses';
import { MAX_PER_SECOND, rateSchedule } from './rate-schedule';
import { asBytes, asNumber, asRate, asSeconds } from './units';

/** How a setting's values are checked, and how strings from flags and variables are parsed. */
export interface Format<T = unknown> {
  /** What a value must be, to follow "must" in an error message: "be a whole number". */
  readonly must: string;
  /** Whether a value, from a file or from {@link Format.parse}, is valid. */
  readonly accepts: (value: unknown) => value is T;
  /** Converts a string from a flag or a variable. One that makes no sense stays a string, which `accepts` refuses. */
  readonly parse: (text: string) => unknown;
  /** The units that a value may have. Strings in files are then parsed as from a flag. */
  readonly units?: string;
  /** All values that it accepts, if they are few. */
  readonly words?: readonly string[];
  /** The value is a path: `~` and `<trustHome>` are expanded, and a relative path starts at the working directory. */
  readonly isPath?: true;
}

function format<T>(must: string, accepts: (value: unknown) => boolean, parse: (text: string) => unknown): Format<T> {
  return { must, accepts: accepts as Format<T>['accepts'], parse };
}

/** A number that may have a unit. */
const measured = <T>(units: string, plain: Format<T>): Format<T> & { readonly units: string } => ({ ...plain, units });

const aPath = <T>(plain: Format<T>): Format<T> & { readonly isPath: true } => ({ ...plain, isPath: true });

/** Whether a value from a file is valid. */
export function acceptsInFile({ accepts, parse, units }: Format, value: unknown): boolean {
  return accepts(units !== undefined && typeof value === 'string' ? parse(value) : value);
}

/** Why a value is refused: the value, and what it must be. */
export function refusal({ must, units }: Format, value: unknown): string {
  const mayMeanUnit = units !== undefined && typeof value === 'string' && /^[\d.]+ *[a-z]/i.test(value);
  return `${quote(value)} must ${must}${mayMeanUnit ? `; units: ${units}` : ''}`;
}

const asText = (text: string): string => text;
const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');
const isInteger = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
const oneOf = <T extends string>(...words: T[]): Format<T> & { readonly words: readonly T[] } => ({
  ...format<T>(`be one of ${words.join(', ')}`, (value) => words.includes(value as T), asText),
  words,
});

/** The longest delay of setTimeout, 2^31 - 1 ms, in whole seconds. */
const MAX_SECONDS = 2_147_483;
/** Linux: MAX_TCP_KEEPIDLE, in seconds. */
const MAX_KEEP_ALIVE = 32_767;
/** The shortest delay of setTimeout, 1 ms. */
const MIN_PERIOD = 0.001;
/** The header's 32 bits. Node's largest Buffer is larger on any 64-bit system. */
const MAX_PAYLOAD = 0xffff_ffff;
/** A C int, as in listen(2). */
const MAX_COUNT = 0x7fff_ffff;
/** More than any machine has cores. */
const MAX_WORKERS = 1024;

export const formats = {
  text: format<string>('be a non-empty string', (value) => isText(value) && value.trim() !== '', asText),
  optionalText: format<string>('be a string', isText, asText),
  folder: aPath(format<string>('be the path of a folder', (value) => isText(value) && value.trim() !== '', asText)),
  optionalFile: aPath(format<string>('be the path of a file, or empty', isText, asText)),
  boolean: format<boolean>(
    'be true or false',
    (value) => typeof value === 'boolean',
    (text) => ({ true: true, false: false })[text] ?? text,
  ),
  logLevel: oneOf<LogLevel>('debug', 'info', 'warn', 'error'),
  logFormat: oneOf('auto', 'json', 'pretty'),
  logConnections: oneOf('all', 'active'),
  framing: oneOf('length-prefix', 'raw'),
  proxyProtocol: oneOf('off', 'require'),
  sendProxy: oneOf('off', 'v1', 'v2'),
  networks: format<string>(
    'be addresses and CIDRs separated by commas, such as 10.0.0.0/8,::1, or empty',
    (value) => isText(value) && listed(value).every((item) => networkOf(item) !== undefined),
    asText,
  ),
  tlsVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  optionalPort: format<number | ''>(
    'be a whole number from 0 to 65535, or empty',
    (value) => value === '' || isInteger(value, 0, 65535),
    (text) => (text === '' ? '' : asNumber(text)),
  ),
  port: format<number>('be a whole number from 0 to 65535', (value) => isInteger(value, 0, 65535), asNumber),
  host: {
    ...format<string>(
      'be a host name or an address; client commands also take HOST:PORT and [ADDRESS]:PORT',
      (value) => parseHostPort(value) !== undefined,
      asText,
    ),
    parse: (text) => {
      const address = parseHostPort(text);
      return address?.port === undefined ? (address?.host ?? text) : text;
    },
  },
  seconds: measured(
    'ms, s, m, h',
    format<number>(
      `be a number of seconds from 0 to ${MAX_SECONDS}`,
      (value) => typeof value === 'number' && value >= 0 && value <= MAX_SECONDS,
      asSeconds,
    ),
  ),
  period: measured(
    'ms, s, m, h',
    format<number>(
      `be a number of seconds from ${MIN_PERIOD} to ${MAX_SECONDS}`,
      (value) => typeof value === 'number' && value >= MIN_PERIOD && value <= MAX_SECONDS,
      asSeconds,
    ),
  ),
  keepAlive: format<number>(
    `be a whole number of seconds from 1 to ${MAX_KEEP_ALIVE}`,
    (value) => isInteger(value, 1, MAX_KEEP_ALIVE),
    asNumber,
  ),
  payloadBytes: measured(
    'B, kB, MB, GB, KiB, MiB, GiB',
    format<number>(
      `be a whole number of bytes from 0 to ${MAX_PAYLOAD}`,
      (value) => isInteger(value, 0, MAX_PAYLOAD),
      asBytes,
    ),
  ),
  count: format<number>(
    `be a whole number from 1 to ${MAX_COUNT}`,
    (value) => isInteger(value, 1, MAX_COUNT),
    asNumber,
  ),
  workers: format<number | 'auto'>(
    `be auto or a whole number from 1 to ${MAX_WORKERS}`,
    (value) => value === 'auto' || isInteger(value, 1, MAX_WORKERS),
    asNumber,
  ),
  perSecond: measured(
    'k, M',
    format<number>(
      `be a number per second from 0 to ${MAX_PER_SECOND}`,
      (value) => typeof value === 'number' && value >= 0 && value <= MAX_PER_SECOND,
      asRate,
    ),
  ),
  rateSchedule: measured(
    'k, M',
    format<string | number>(
      `be a number per second from 0 to ${MAX_PER_SECOND}, or stages with their times: 1k@30s,1k..20k@2m,20k@1m`,
      (value) => rateSchedule(value) !== undefined,
      (text) => (typeof asRate(text) === 'number' ? asRate(text) : text),
    ),
  ),
  localAddresses: format<string>(
    'be IP addresses of this machine, separated by commas, or empty',
    (value) => localAddresses(value) !== undefined,
    asText,
  ),
  sizeRange: measured(
    'B, kB, MB, GB, KiB, MiB, GiB',
    format<string | number>(
      'be a number of bytes, or MIN-MAX with MIN at most MAX',
      (value) => {
        const [min, max] = sizeRange(value);
        return isInteger(min, 0, MAX_PAYLOAD) && isInteger(max, 0, MAX_PAYLOAD) && min <= max;
      },
      asText,
    ),
  ),
} as const satisfies Record<string, Format>;

/** The items of a text that lists them with commas between. */
export const listed = (text: string): string[] => text.split(',').flatMap((item) => item.trim() || []);

/** The name of a row of {@link formats}. */
export type FormatName = keyof typeof formats;

/** The limits of a size setting: `64` is 64 to 64, `64-1KiB` is 64 to 1024. NaN for anything else. */
export function sizeRange(value: unknown): [min: number, max: number] {
  const ends = String(value).split('-').map(asBytes);
  const [min, max = min] = ends.map((end) => (typeof end === 'number' ? end : NaN));
  return ends.length > 2 ? [NaN, NaN] : [min ?? NaN, max ?? NaN];
}
