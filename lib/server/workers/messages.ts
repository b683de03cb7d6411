import type { EventName } from '../../log/events';
import type { PlaceMessage, PlaceOrder, Resource } from '../admission/place-messages';
import type { ServerOptions } from '../server-options';
import type { ServerStats } from '../stats/server-stats';
import type { ServerTls } from '../server-tls';

/** From the supervisor to a worker. */
export type ToWorker =
  /** The first message, sent with the socket to listen on. */
  | {
      readonly type: 'listen';
      readonly options: ServerOptions;
      readonly debugEnabled: boolean;
      readonly isCounted: boolean;
    }
  | { readonly type: 'place'; readonly of: Resource; readonly order: PlaceOrder }
  /** For new connections. */
  | { readonly type: 'credentials'; readonly credentials: ServerTls }
  /** `count` log events were received. */
  | { readonly type: 'logged'; readonly count: number }
  /** Answered with `pong`. */
  | { readonly type: 'ping' }
  /** Answered with `stats`. */
  | { readonly type: 'getStats' }
  | { readonly type: 'stop' };

/** A log event for the process that writes the log. Its `conn` is the worker's own number of the connection. */
export interface ForwardedEvent {
  readonly name: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
  /** When it happened, in ms since 1970. */
  readonly at: number;
}

/** An error, as sent to another process. */
export interface ForwardedError {
  readonly message: string;
  /** `code`, `errno`, `syscall` … */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** From a worker to the supervisor. */
export type FromWorker =
  | { readonly type: 'listen' }
  /** It cannot listen, or had an uncaught error. It cannot go on. */
  | { readonly type: 'fail'; readonly error: ForwardedError }
  | PlaceMessage
  /** `dropped` events before these were dropped. */
  | { readonly type: 'log'; readonly events: readonly ForwardedEvent[]; readonly dropped: number }
  | { readonly type: 'pong' }
  | { readonly type: 'stats'; readonly stats: ServerStats }
  /** New credentials are in use. */
  | { readonly type: 'credentials' }
  /** It has stopped, and cut off `cut` clients. */
  | { readonly type: 'stop'; readonly cut: number };
