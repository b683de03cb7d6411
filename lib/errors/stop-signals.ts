import type { ExitName } from './exits';

/** The signals that stop a run, and how it exits that was not done. A server that drained for SIGTERM is done. */
export const stopSignals = {
  SIGHUP: 'hangUp',
  SIGINT: 'interrupted',
  SIGTERM: 'tempFail',
} as const satisfies Record<string, ExitName>;

/** The name of a row of {@link stopSignals}. */
export type StopSignal = keyof typeof stopSignals;

/** The signal that a run was stopped by; `undefined` where it was not. */
export function stopSignal(stop: AbortSignal): StopSignal | undefined {
  return stop.aborted ? (stop.reason as StopSignal) : undefined;
}
