import type { EventName } from '../../events';
import type { ServerOptions } from '../options';

/** What clients need a place for: to stay connected (`maxConnections`), and to be served (`concurrency`). */
export type Resource = 'connections' | 'serving';

/** What the supervisor tells a worker about its places of one kind. */
export type PlaceOrder =
  /** Places that it may fill from now on. */
  | { readonly do: 'grant'; readonly count: number }
  /**
   * Others lack places. It gives back at once what lies idle, up to `spare` or half of it, and answers; later, each place
   * that falls idle, up to what is left of `spare`, and each that a client leaves, up to `owed`, even if its own clients wait.
   */
  | { readonly do: 'ask'; readonly serial: number; readonly spare: number; readonly owed: number }
  /** No place is free anywhere: clients that wait, up to this number, are turned away. */
  | { readonly do: 'refuse'; readonly through: number };

/** What a worker tells about its places of one kind. */
export type PlaceReport =
  /** So many clients wait; the last has the number `newest`. `granted` places had reached it by then. */
  | { readonly did: 'want'; readonly waiting: number; readonly newest: number; readonly granted: number }
  /** It may fill so many places less. `answers` is the serial of the question, where it was asked. */
  | { readonly did: 'giveBack'; readonly count: number; readonly answers?: number };

/** What a worker is told. */
export type ToWorker =
  /** Comes first, and with the socket to listen on. */
  | { readonly do: 'listen'; readonly options: ServerOptions; readonly debugEnabled: boolean }
  | { readonly do: 'place'; readonly of: Resource; readonly order: PlaceOrder }
  /** So many events have been taken. */
  | { readonly do: 'logged'; readonly count: number }
  /** To be answered. */
  | { readonly do: 'ping' }
  | { readonly do: 'stop' };

/** A log event on its way to the process that writes the log; `conn` is the worker's own number of the connection. */
export interface ForwardedEvent {
  readonly name: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
  /** When it happened, in ms since 1970. */
  readonly at: number;
}

/** An error on its way to another process. */
export interface ForwardedError {
  readonly message: string;
  /** `code`, `errno`, `syscall` … */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a worker tells. */
export type FromWorker =
  | { readonly did: 'listen' }
  /** It cannot listen, or met an error that nobody caught; it is of no more use. */
  | { readonly did: 'fail'; readonly error: ForwardedError }
  | { readonly did: 'place'; readonly of: Resource; readonly report: PlaceReport }
  /** `dropped` events were left out before these. */
  | { readonly did: 'log'; readonly events: readonly ForwardedEvent[]; readonly dropped: number }
  | { readonly did: 'pong' }
  /** It has stopped; so many clients were cut off. */
  | { readonly did: 'stop'; readonly cut: number };
