import type { EventName } from '../events';
import { DEFAULT_MAX_PAYLOAD } from '../framing';

/** How a server serves. The names and defaults are those of the settings `echo.*` and `server.*`; durations in seconds. */
export interface ServerOptions {
  /** Where it listens; default `127.0.0.1`. */
  readonly host: string;
  /** TCP port; 0 picks a free one. Default 9900. */
  readonly port: number;
  /** Idle guard: seconds without a byte received, or without progress sending; 0 is off. Default 5. */
  readonly timeout: number;
  /** The largest payload accepted, in bytes. Default 65536. */
  readonly maxPayload: number;
  /** `length-prefix` (the default), or `raw`: an unframed echo (RFC 862). */
  readonly framing: 'length-prefix' | 'raw';
  /** Seconds from a frame's first byte to its last; 0 is off. Default 30. */
  readonly frameTimeout: number;
  /** Clients served at once; the next wait, accepted and unread. Default 1024. */
  readonly concurrency: number;
  /** Open sockets, the waiting included; past it a new one is dropped. Default 4096. */
  readonly maxConnections: number;
  /** As in listen(2). Default 511. */
  readonly backlog: number;
  /** Seconds that a stop waits for clients. Default 10. */
  readonly shutdownTimeout: number;
}

export const defaultServerOptions: ServerOptions = {
  host: '127.0.0.1',
  port: 9900,
  timeout: 5,
  maxPayload: DEFAULT_MAX_PAYLOAD,
  framing: 'length-prefix',
  frameTimeout: 30,
  concurrency: 1024,
  maxConnections: 4096,
  backlog: 511,
  shutdownTimeout: 10,
};

/** Where a server's events go: the run's EventLog, or what a program that uses the library makes of them. */
export interface ServerLog {
  /** Whether the events of single frames are wanted, which costs a look at every payload. */
  readonly debugEnabled: boolean;
  /** @param at when it happened, in ms since 1970; default now */
  event(name: EventName, fields?: object, at?: number): void;
}

/** A log that keeps nothing. */
export const silentLog: ServerLog = { debugEnabled: false, event: () => undefined };

/** The options with a default for each that is not given. */
export function serverOptions(options: Partial<ServerOptions>): ServerOptions {
  return { ...defaultServerOptions, ...options };
}
