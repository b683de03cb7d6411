/** The two kinds of places: to stay connected (`maxConnections`), and to be served (`concurrency`). */
export type Resource = 'connections' | 'serving';

/** From the supervisor to a worker, about places of one kind. */
export type PlaceOrder =
  /** The worker gets `count` more places. */
  | { readonly type: 'grant'; readonly count: number }
  /**
   * Other workers lack places. The worker returns idle ones at once: `spare`, or half of them if that is more. This is
   * also its answer. Later it returns each place that becomes idle, up to the rest of `spare`, and each that a client
   * leaves, up to `owed`, even if its own clients wait.
   */
  | { readonly type: 'ask'; readonly serial: number; readonly spare: number; readonly owed: number }
  /** No place is free in any worker: refuse the waiting clients up to this number. */
  | { readonly type: 'refuse'; readonly through: number };

/** From a worker to the supervisor, about places of one kind. */
export type PlaceNotice =
  /**
   * `waiting` clients wait, the last with the number `newest`. The worker had received `granted` places in all by then.
   */
  | { readonly type: 'want'; readonly waiting: number; readonly newest: number; readonly granted: number }
  /** The worker returns `count` places. `answers` is the serial of the `ask` that this answers, if it answers one. */
  | { readonly type: 'giveBack'; readonly count: number; readonly answers?: number };

export interface PlaceMessage {
  readonly type: 'place';
  readonly of: Resource;
  readonly notice: PlaceNotice;
}
