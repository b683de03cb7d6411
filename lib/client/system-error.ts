import { describeCode, errorCode } from '../errors/error-code';
import { TlsConnectError } from '../net/tls-connect-error';
import { isTlsError } from '../net/tls-words';
import { type ClientFault, FrameClientError } from './client-error';

/** The system's errors that end a connection in a way of their own. */
const faultByCode: Readonly<Record<string, ClientFault>> = { ECONNRESET: 'client_reset', EPIPE: 'broken_pipe' };

/** A system error that ended a connection to `peer` that stood. */
export function connectionBroken(error: Error, peer: string): FrameClientError {
  if (isTlsError(error)) {
    const cause = new TlsConnectError(peer, error);
    return new FrameClientError('tls_failed', cause.message, { cause });
  }
  const event = faultByCode[errorCode(error) ?? ''] ?? 'io_error';
  return new FrameClientError(event, `the connection to ${peer} broke: ${inWords(error)}`, { cause: error });
}

function inWords(error: Error): string {
  const code = errorCode(error);
  return code === undefined ? error.message : describeCode(code);
}
