import { exitFor } from '../errors/exit-for';
import { adviceFor } from '../errors/explain';
import { RunError } from '../errors/run-error';
import type { ConnectError } from './connect-error';

/** The error that ends a run that could not connect, with advice where there is some. */
export function connectFailure(error: ConnectError): RunError {
  const { message, code } = error;
  const advice = connectAdvice(error);
  return new RunError(exitFor(error), advice === undefined ? message : `${message}; ${advice}`, code);
}

function connectAdvice({ code = '', timeoutMs, isLocal }: ConnectError): string | undefined {
  if (timeoutMs !== undefined) return 'check --host and --port, or raise --timeout';
  if (code !== 'EADDRNOTAVAIL') return adviceFor(code);
  return isLocal ? 'a closed connection keeps its port for a minute' : 'check --host';
}
