/** How long things may take in a pool of workers, in ms unless said otherwise. */
export interface WorkerTimings {
  /** From the end of a worker to its restart; doubles each time that it ends before it has served for `steady`. */
  readonly retry: number;
  /** The longest that a restart is put off. */
  readonly retryMax: number;
  /** A worker that has served for so long is taken to be able to. */
  readonly steady: number;
  /** Between two pings of a worker. */
  readonly ping: number;
  /** So many pings without an answer, and a worker is taken to hang. A number of pings and no time: we may have stood still ourselves. */
  readonly unansweredPings: number;
  /** What a stop gives workers beyond `shutdownTimeout`, in which they cut off their clients themselves. */
  readonly stopGrace: number;
  /** How long workers are waited for that are asked for their numbers. */
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
