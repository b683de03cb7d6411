import type { EventName } from '../events';
import type { ServerOptions } from './options';

/** What a worker is told. Clients go by the number that the worker gave them when they entered. */
export type ToWorker =
  | { readonly do: 'listen'; readonly options: ServerOptions; readonly debugEnabled: boolean }
  | { readonly do: 'accepted'; readonly client: number }
  | { readonly do: 'serve'; readonly client: number }
  | { readonly do: 'refused'; readonly client: number; readonly limit: number }
  | { readonly do: 'keep' }
  | { readonly do: 'recall' }
  | { readonly do: 'stop' };

/** A log event on its way to the process that writes the log; `conn` is the worker's own number of the connection. */
export interface ForwardedEvent {
  readonly name: EventName;
  readonly fields: Record<string, unknown>;
  /** When it happened, in ms since 1970. */
  readonly at: number;
}

/** What a worker tells. */
export type FromWorker =
  | { readonly did: 'listen'; readonly address: string; readonly port: number }
  | { readonly did: 'fail'; readonly error: Readonly<Record<string, unknown>>; readonly message: string }
  | { readonly did: 'enter'; readonly client: number }
  | { readonly did: 'leave'; readonly client: number }
  | { readonly did: 'recalled' }
  | { readonly did: 'log'; readonly events: readonly ForwardedEvent[] }
  | { readonly did: 'stop'; readonly cut: number };
