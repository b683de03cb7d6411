import type { EventName } from './events';

/**
 * The log of one run. An event's level is its row's in lib/events.ts, so that a caller names the event and its fields
 * and nothing else. Nothing here throws: a log that cannot be written is never a reason to fail.
 */
export interface EventLog {
  /** Whether `debug` events are written; asked before anything is counted out for one event a frame. */
  readonly debugEnabled: boolean;
  /** Writes one line, unless the event's level is below `log.level`. */
  event(name: EventName, fields?: object): void;
  /** Opens the log file anew, under its name: after logrotate moved it away. */
  reopen(): void;
  /** Writes what is pending and ends the log; resolves after `deadlineMs` at the latest, default 2000. */
  close(deadlineMs?: number): Promise<void>;
}

/** A log that keeps nothing. */
export const silentLog: EventLog = {
  debugEnabled: false,
  event: () => undefined,
  reopen: () => undefined,
  close: () => Promise.resolve(),
};
