import { RunError } from './run-error';
import { describeCode, errorCode } from './error-code';
import { exitFor } from './exit-for';

/** What to do about a system error, where there is something. */
const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there: stop it, or choose another --port (0 picks a free one)',
  EADDRNOTAVAIL: 'no interface of this machine has that address: check --host',
  ECONNREFUSED: 'nothing listens there: start trustctl echo-server, or check --host and --port',
  EHOSTUNREACH: 'there is no way to it: check --host and the network',
  ENETUNREACH: 'there is no way to it: check --host and the network',
  ENOTFOUND: 'check --host',
  EAI_AGAIN: 'check --host and the network',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'the whole system has too many files open',
  ENOSPC: 'make room on the disk',
  ENXIO: 'nobody reads that pipe',
};

/** What to do about a system error with that code, where there is something. */
export const adviceFor = (code: string): string | undefined => advice[code];

/** What was tried, by system call. */
const attempts: Readonly<Record<string, string>> = {
  listen: 'cannot listen on',
  bind: 'cannot listen on',
  connect: 'cannot connect to',
  getaddrinfo: 'cannot find host',
  read: 'cannot read',
  write: 'cannot write',
  open: 'cannot open',
  mkdir: 'cannot make the folder',
};

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' ');

/** What Node adds to the errors of listen, connect and name look-up. */
type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

/** A system error's own words: what was tried on what, what came of it, what to do. */
function explainSystemError(error: NodeJS.ErrnoException, code: string): string {
  const { syscall = '', address, port, hostname, path } = error as SystemError;
  const attempt = attempts[syscall];
  const host = address ?? hostname ?? path;
  const target = [host, port].filter((part) => part !== undefined).join(' port ');
  const then = advice[code] === undefined ? '' : `; ${advice[code]}`;
  if (attempt === undefined) return oneLine(error.message || code) + then;
  return `${target === '' ? attempt : `${attempt} ${target}`}: ${describeCode(code)}${then}`;
}

/** The errors of several attempts, one an address of the same host, are told as the last of them. */
function lastAttempt(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors.at(-1) as unknown) : error;
}

/** An error in one line for the person at the terminal: what failed, which value, what to do. */
export function explain(error: unknown): string {
  const cause = lastAttempt(error);
  if (cause instanceof RunError) return oneLine(cause.message);
  if (!(cause instanceof Error)) return `a fault of ours: ${oneLine(String(cause))}`;
  const code = errorCode(cause);
  return code === undefined || exitFor(cause) === 'software'
    ? `a fault of ours: ${oneLine(cause.message) || cause.name}; --log-level debug shows where`
    : explainSystemError(cause, code);
}
