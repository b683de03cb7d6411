import { RunError } from '../errors/run-error';
import { asSeconds } from '../config/units';

/** With a time zone: shards run on machines that may not agree on theirs. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** The longest delay of setTimeout. */
const LONGEST_MS = 0x7fff_ffff;

/**
 * Reads the value of `--start-at`: a time in ISO 8601 with a time zone, or seconds from now, `+10s`.
 * @param now in ms since 1970
 * @returns ms since 1970. A time that has passed is no error: the run starts at once, and its report says how late it was.
 * @throws {RunError} `usage` for anything else
 */
export function parseStartAt(text: string, now: number): number {
  const seconds = text.startsWith('+') ? asSeconds(text) : undefined;
  const at = typeof seconds === 'number' ? now + seconds * 1000 : ISO.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) {
    refuse(text, 'must be a time with its zone, such as 2030-01-31T12:00:00Z, or seconds from now, such as +10s');
  }
  if (at - now > LONGEST_MS) refuse(text, 'is more than 24 days from now');
  return at;
}

function refuse(text: string, why: string): never {
  throw new RunError('usage', `--start-at ${text}: ${why}`);
}
