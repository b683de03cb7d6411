import type { FrameClientError } from '../client/client-error';
import { RunError } from '../errors/run-error';
import { ConnectError } from '../net/connect-error';
import { connectFailure } from '../net/connect-failure';
import { TlsConnectError } from '../net/tls-connect-error';
import { tlsFailure } from '../net/tls-failure';

/** The error of a run in which no client connected, so that nothing was measured. */
export function unavailable({ cause, message }: FrameClientError): RunError {
  if (cause instanceof TlsConnectError) return tlsFailure(cause);
  const failure = cause instanceof ConnectError ? connectFailure(cause) : new RunError('unavailable', message);
  return failure.exit === 'tempFail' ? new RunError('unavailable', failure.message, failure.code) : failure;
}
