import type { EventLog } from './event-log';

/** A log that discards everything. A module of its own, so that the library does not load the log's printer. */
export const silentLog: EventLog = {
  debugEnabled: false,
  event: () => undefined,
  reopen: () => undefined,
  close: () => Promise.resolve(),
};
