import { ConnectError } from '../net/connect-error';
import { TlsConnectError } from '../net/tls-connect-error';
import { FrameClientError } from './client-error';

/** Why no connection came about, as clients tell it: what this machine lacks is not held against the server. */
export function connectFault(error: Error): Error {
  if (error instanceof TlsConnectError) {
    const event = error.timeoutMs === undefined ? 'tls_failed' : 'tls_timeout';
    return new FrameClientError(event, error.message, { cause: error });
  }
  if (!(error instanceof ConnectError)) return error; // it was given up
  const event = error.timeoutMs !== undefined ? 'connect_timeout' : error.isOurs ? 'local_exhausted' : 'connect_failed';
  return new FrameClientError(event, error.message, { cause: error });
}
