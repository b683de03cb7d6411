/** Time limits of a pool of workers, in ms except where stated. */
export interface WorkerTimings {
  /** Time from the end of a worker to its restart. Doubles each time that it ends before it has served for `steady`. */
  readonly retry: number;
  /** Longest delay of a restart. */
  readonly retryMax: number;
  /** A worker that served for this long counts as healthy. */
  readonly steady: number;
  /** Interval between pings, and at which the workers' statistics are refreshed. */
  readonly ping: number;
  /**
   * Pings without an answer after which a worker counts as hung. A count, as this process may itself have been stopped.
   */
  readonly unansweredPings: number;
  /** Time beyond `shutdownTimeout` in which stopping workers may cut off their clients themselves. */
  readonly stopGrace: number;
  /** How long to wait for the workers' statistics. */
  readonly stats: number;
}

export const defaultTimings: WorkerTimings = {
  retry: 1_000,
  retryMax: 30_000,
  steady: 500,
  ping: 1_000,
  unansweredPings: 10,
  stopGrace: 1_000,
  stats: 1_000,
};
