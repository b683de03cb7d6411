import type { Stage } from '../schedule';
import { Latencies } from './latencies';

/** What is counted of one stage. A message belongs to the stage in which it was due, whenever its reply came. */
export class StageTally {
  sent = 0;
  ok = 0;
  /** Replies that came within the stage's time, of whatever stage. */
  replies = 0;
  /** Errors within the stage's time. */
  errors = 0;
  readonly rtt = new Latencies();
  /** How late this process sent. */
  readonly lateness = new Latencies();

  /** @param due messages that are due in it, of this process */
  constructor(
    readonly stage: Stage,
    readonly due: number,
  ) {}
}

/** What sums of floating-point times may be off by. */
const ROUNDING_MS = 1e-6;

/** The stages of a run, in order. */
export class StageTallies {
  /** The stage that was asked for last: mostly it is asked for again. */
  private last = 0;

  /** @param start when the schedule starts, by performance.now() */
  constructor(
    readonly all: readonly StageTally[],
    private readonly start: number,
  ) {}

  /** The stage of that moment, by performance.now(); undefined before the first and after the last. */
  at(time: number): StageTally | undefined {
    const ms = time - this.start + ROUNDING_MS;
    const { all } = this;
    while (this.last > 0 && ms < (all[this.last] as StageTally).stage.startMs) this.last -= 1;
    while (this.last < all.length - 1 && ms >= (all[this.last] as StageTally).stage.endMs) this.last += 1;
    const tally = all[this.last];
    return tally !== undefined && ms >= tally.stage.startMs && ms < tally.stage.endMs ? tally : undefined;
  }

  /** When the stage of that moment ends, by performance.now(). Before the first stage that is when it starts. */
  endAt(time: number): number {
    const found = this.at(time)?.stage.endMs ?? this.all[0]?.stage.startMs ?? Infinity;
    return this.start + found;
  }
}
