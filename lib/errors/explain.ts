import { RunError } from './run-error';
import { describeCode, errorCode } from './error-code';
import { exitFor } from './exit-for';

/** What to do about a system error, by code. */
const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there: stop it, or choose another --port (0 picks a free one)',
  EADDRNOTAVAIL: 'this machine does not have that address: check --host',
  ECONNREFUSED: 'nothing listens there: start trustctl echo-server, or check --host and --port',
  EHOSTUNREACH: 'check --host and the network',
  ENETUNREACH: 'check --host and the network',
  ENOTFOUND: 'check --host',
  EAI_AGAIN: 'check --host and the network',
  EMFILE: 'raise the limit on open files (ulimit -n)',
  ENFILE: 'the whole system has too many open files',
  ENOSPC: 'free some disk space',
  ENXIO: 'no process reads that pipe',
};

/** What to do about a system error, if the table says. */
export const adviceFor = (code: string): string | undefined => advice[code];

/** What failed, by system call. */
const attempts: Readonly<Record<string, string>> = {
  listen: 'cannot listen on',
  bind: 'cannot listen on',
  connect: 'cannot connect to',
  getaddrinfo: 'cannot find host',
  read: 'cannot read',
  write: 'cannot write',
  open: 'cannot open',
  mkdir: 'cannot create the folder',
};

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' ');

/** Fields that Node adds to errors of listen, connect and getaddrinfo. */
type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

/** What failed, on what, why, and what to do. */
function explainSystemError(error: NodeJS.ErrnoException, code: string): string {
  const { syscall = '', address, port, hostname, path } = error as SystemError;
  const attempt = attempts[syscall];
  const host = address ?? hostname ?? path;
  const target = [host, port].filter((part) => part !== undefined).join(' port ');
  const then = advice[code] === undefined ? '' : `; ${advice[code]}`;
  if (attempt === undefined) return oneLine(error.message || code) + then;
  return `${target === '' ? attempt : `${attempt} ${target}`}: ${describeCode(code)}${then}`;
}

/** An error in one line, for the person at the terminal: what failed, which value, what to do. */
export function explain(error: unknown): string {
  if (error instanceof RunError) return oneLine(error.message);
  if (!(error instanceof Error)) return `internal error: ${oneLine(String(error))}`;
  const code = errorCode(error);
  return code === undefined || exitFor(error) === 'software'
    ? `internal error: ${oneLine(error.message) || error.name}; --log-level debug shows where`
    : explainSystemError(error, code);
}
