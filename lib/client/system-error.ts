import { describeError, errorCode } from '../errors/error-code';
import { TlsConnectError } from '../net/tls-connect-error';
import { isTlsError } from '../net/tls-words';
import { type ClientFault, FrameClientError } from './client-error';

/** System errors that have an event of their own. */
const faultByCode: Readonly<Record<string, ClientFault>> = { ECONNRESET: 'client_reset', EPIPE: 'broken_pipe' };

/** The client's error for a system error on an established connection to `peer`. */
export function connectionBroken(error: Error, peer: string): FrameClientError {
  if (isTlsError(error)) {
    const cause = new TlsConnectError(peer, error);
    return new FrameClientError('tls_failed', cause.message, { cause });
  }
  const event = faultByCode[errorCode(error) ?? ''] ?? 'io_error';
  return new FrameClientError(event, `the connection to ${peer} broke: ${describeError(error)}`, { cause: error });
}
