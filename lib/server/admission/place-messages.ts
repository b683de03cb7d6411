/** What clients need a place for: to stay connected (`maxConnections`), and to be served (`concurrency`). */
export type Resource = 'connections' | 'serving';

/** What the supervisor tells a worker about its places of one kind. */
export type PlaceOrder =
  /** Places that it may fill from now on. */
  | { readonly type: 'grant'; readonly count: number }
  /**
   * Others lack places. It gives back at once what lies idle, up to `spare` or half of it, and answers; later, each place
   * that falls idle, up to what is left of `spare`, and each that a client leaves, up to `owed`, even if its own clients wait.
   */
  | { readonly type: 'ask'; readonly serial: number; readonly spare: number; readonly owed: number }
  /** No place is free anywhere: clients that wait, up to this number, are turned away. */
  | { readonly type: 'refuse'; readonly through: number };

/** What a worker tells about its places of one kind. */
export type PlaceNotice =
  /** So many clients wait; the last has the number `newest`. `granted` places had reached it by then. */
  | { readonly type: 'want'; readonly waiting: number; readonly newest: number; readonly granted: number }
  /** It may fill so many places less. `answers` is the serial of the question, where it was asked. */
  | { readonly type: 'giveBack'; readonly count: number; readonly answers?: number };

/** A notice, and the kind of places that it is about. */
export interface PlaceMessage {
  readonly type: 'place';
  readonly of: Resource;
  readonly notice: PlaceNotice;
}
