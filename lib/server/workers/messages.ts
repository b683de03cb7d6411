import type { EventName } from '../../log/events';
import type { PlaceMessage, PlaceOrder, Resource } from '../admission/place-messages';
import type { ServerOptions } from '../server-options';
import type { ServerTls } from '../tls-options';

/** What a worker is told. */
export type ToWorker =
  /** Comes first, and with the socket to listen on. */
  | { readonly type: 'listen'; readonly options: ServerOptions; readonly debugEnabled: boolean }
  | { readonly type: 'place'; readonly of: Resource; readonly order: PlaceOrder }
  /** For the connections that come from now on. */
  | { readonly type: 'credentials'; readonly credentials: ServerTls }
  /** So many events have been taken. */
  | { readonly type: 'logged'; readonly count: number }
  /** To be answered. */
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

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
  | { readonly type: 'listen' }
  /** It cannot listen, or met an error that nobody caught; it is of no more use. */
  | { readonly type: 'fail'; readonly error: ForwardedError }
  | PlaceMessage
  /** `dropped` events were left out before these. */
  | { readonly type: 'log'; readonly events: readonly ForwardedEvent[]; readonly dropped: number }
  | { readonly type: 'pong' }
  /** New credentials are in use. */
  | { readonly type: 'credentials' }
  /** It has stopped; so many clients were cut off. */
  | { readonly type: 'stop'; readonly cut: number };
