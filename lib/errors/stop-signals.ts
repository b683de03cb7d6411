import type { ExitName } from './exits';

/** The signals that stop a run, with its exit if it was unfinished. A server that drained on SIGTERM exits `ok`. */
export const stopSignals = {
  SIGHUP: 'hangUp',
  SIGINT: 'interrupted',
  SIGTERM: 'tempFail',
} as const satisfies Record<string, ExitName>;

/** The name of a row of {@link stopSignals}. */
export type StopSignal = keyof typeof stopSignals;

/** The signal that stopped a run, or `undefined`. */
export function stopSignal(stop: AbortSignal): StopSignal | undefined {
  return stop.aborted ? (stop.reason as StopSignal) : undefined;
}
