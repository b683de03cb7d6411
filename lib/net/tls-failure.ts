import { RunError } from '../errors/run-error';
import type { TlsConnectError } from './tls-connect-error';

/** Why a connection came to no TLS, as a run ends with it: with what to do, where there is something. */
export function tlsFailure({ message, code, timeoutMs, advice }: TlsConnectError): RunError {
  const words = advice === undefined ? message : `${message}; ${advice}`;
  return new RunError(timeoutMs === undefined ? 'protocol' : 'tempFail', words, code);
}
