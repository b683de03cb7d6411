import type { EventLog } from './event-log';

/** A log that discards every event. */
export const silentLog: EventLog = {
  debugEnabled: false,
  event: () => undefined,
  reopen: () => undefined,
  close: () => Promise.resolve(),
};
