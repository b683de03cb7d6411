import { errnoOf, errorCode } from './error-code';
import type { ExitName } from './exits';
import { RunError } from './run-error';

/** How a run ends, by the code of the error that ended it. */
const exitByCode = new Map<string, ExitName>([
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

/** How a run that `error` ended exits: a system error by the table, another I/O error as `ioError`, the rest is our fault. */
export function exitFor(error: unknown): ExitName {
  if (error instanceof RunError) return error.exit;
  const code = errorCode(error);
  if (code === undefined) return 'software';
  return exitByCode.get(code) ?? (errnoOf(code) === undefined ? 'software' : 'ioError');
}
