import { RunError } from '../errors/run-error';
import type { TlsConnectError } from './tls-connect-error';

/** The error that ends a run whose TLS handshake failed, with advice. */
export function tlsFailure({ message, code, timeoutMs, advice }: TlsConnectError): RunError {
  const words = advice === undefined ? message : `${message}; ${advice}`;
  return new RunError(timeoutMs === undefined ? 'protocol' : 'tempFail', words, code);
}
