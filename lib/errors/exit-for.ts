import { errnoOf, errorCode } from './error-code';
import type { ExitName } from './exits';
import { RunError } from './run-error';

/** The exit of a run by the code of the error that ended it. */
export const exitByCode: ReadonlyMap<string, ExitName> = new Map([
  ['ENOTFOUND', 'noHost'],
  ['EAI_AGAIN', 'noHost'],
  ['EAI_NONAME', 'noHost'],
  ['EADDRINUSE', 'unavailable'],
  ['EADDRNOTAVAIL', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['EHOSTUNREACH', 'unavailable'],
  ['ENETUNREACH', 'unavailable'],
  ['EMFILE', 'osError'],
  ['ENFILE', 'osError'],
  ['ENOMEM', 'osError'],
  ['ETIMEDOUT', 'tempFail'],
  ['EAGAIN', 'tempFail'],
  ['ECONNRESET', 'protocol'],
  ['EPIPE', 'protocol'],
  ['ERR_FRAME_OVERSIZE', 'protocol'],
  ['ERR_FRAME_TRUNCATED', 'protocol'],
  ['ERR_TLS_CREDENTIALS', 'config'],
  ['EACCES', 'noPermission'],
  ['EPERM', 'noPermission'],
]);

/** The exit of a run that `error` ended: by the table; else `ioError` for a system error, and `software` for others. */
export function exitFor(error: unknown): ExitName {
  if (error instanceof RunError) return error.exit;
  const code = errorCode(error);
  if (code === undefined) return 'software';
  return exitByCode.get(code) ?? (errnoOf(code) === undefined ? 'software' : 'ioError');
}
