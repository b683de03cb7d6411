import { exitFor } from '../errors/exit-for';
import { adviceFor } from '../errors/explain';
import { RunError } from '../errors/run-error';
import type { ConnectError } from './connect-error';

/** Why no connection came about, as a run ends with it: with what to do, where there is something. */
export function connectFailure(error: ConnectError): RunError {
  const { message, code } = error;
  const advice = connectAdvice(error);
  return new RunError(exitFor(error), advice === undefined ? message : `${message}; ${advice}`, code);
}

function connectAdvice({ code = '', timeoutMs, isOurs }: ConnectError): string | undefined {
  if (timeoutMs !== undefined) return 'check --host and --port, or raise --timeout';
  if (code !== 'EADDRNOTAVAIL') return adviceFor(code);
  return isOurs ? 'each connection that was closed holds its own for a minute' : 'check --host';
}
