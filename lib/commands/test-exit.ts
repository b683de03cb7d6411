import type { ExitName } from '../errors/exits';
import { stopSignal, stopSignals } from '../errors/stop-signals';

/**
 * The exit code of a load test or a check. One that a signal stopped never exits as if it had passed.
 * @param complete false for a run that ended before all of it was done
 */
export function testExit(stop: AbortSignal, passed: boolean, complete = true): ExitName {
  const signal = stopSignal(stop);
  if (signal) return stopSignals[signal];
  if (!passed) return 'failed';
  return complete ? 'ok' : 'tempFail';
}
