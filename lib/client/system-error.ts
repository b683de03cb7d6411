import { describeError, errorCode } from '../errors/error-code';
import { type ClientFault, FrameClientError } from './client-error';

/** The system's errors that end a connection in a way of their own. */
const faultByCode: Readonly<Record<string, ClientFault>> = { ECONNRESET: 'client_reset', EPIPE: 'broken_pipe' };

/** A system error that ended a connection to `peer` that stood. */
export function connectionBroken(error: Error, peer: string): FrameClientError {
  const event = faultByCode[errorCode(error) ?? ''] ?? 'io_error';
  return new FrameClientError(event, `the connection to ${peer} broke: ${describeError(error)}`, { cause: error });
}
