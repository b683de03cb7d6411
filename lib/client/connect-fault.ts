import { ConnectError } from '../net/connect-error';
import { TlsConnectError } from '../net/tls-connect-error';
import { FrameClientError } from './client-error';

/**
 * The client's error for a failed connect. A machine that ran out of ports or descriptors has an event of its own.
 */
export function connectFault(error: Error): Error {
  if (error instanceof TlsConnectError) {
    const event = error.timeoutMs === undefined ? 'tls_failed' : 'tls_timeout';
    return new FrameClientError(event, error.message, { cause: error });
  }
  if (!(error instanceof ConnectError)) return error; // aborted
  const event =
    error.timeoutMs !== undefined ? 'connect_timeout' : error.isLocal ? 'local_exhausted' : 'connect_failed';
  return new FrameClientError(event, error.message, { cause: error });
}
