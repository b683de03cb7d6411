import { getSystemErrorMap } from 'node:util';
import { errnoOf, errorCode } from '../errors';
import { type ClientFault, FrameClientError } from './client-error';

/** The system's errors that end a connection in a way of their own. */
const faultByCode: Readonly<Record<string, ClientFault>> = { ECONNRESET: 'client_reset', EPIPE: 'broken_pipe' };

/** A system error that ended a connection to `peer` that stood. */
export function connectionBroken(error: Error, peer: string): FrameClientError {
  const event = faultByCode[errorCode(error) ?? ''] ?? 'io_error';
  return new FrameClientError(event, `the connection to ${peer} broke: ${inWords(error)}`, { cause: error });
}

/** A system error that let no connection to `peer` come about. */
export function connectFailed(error: Error, peer: string): FrameClientError {
  return new FrameClientError('connect_failed', `cannot connect to ${peer}: ${inWords(error)}`, { cause: error });
}

/** "connection refused (ECONNREFUSED)"; of several attempts, one an address of the same host, the last. */
function inWords(error: Error): string {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  if (!(last instanceof Error)) return error.message;
  const code = errorCode(last);
  const meaning = getSystemErrorMap().get(-(errnoOf(code) ?? 0))?.[1];
  return meaning === undefined || code === undefined ? last.message : `${meaning} (${code})`;
}
