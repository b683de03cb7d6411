import { Latencies } from './latencies';

/** At this many intervals two become one. */
const MAX_INTERVALS = 240;
const FIRST_INTERVAL_MS = 10;
/** Where most intervals saw nothing, they are joined until there are so few. */
const SPARSE_INTERVALS = 40;

/** What came back in one interval, and what went wrong. */
interface Interval {
  readonly rtt: Latencies;
  errors: number;
}

/** An interval in a report: `t` ms after the run's start. Without a reply there is no latency. */
export interface TimelinePoint {
  readonly t: number;
  readonly ok: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

const newInterval = (): Interval => ({ rtt: new Latencies(2), errors: 0 });

/** A run over time, in intervals that grow with it, so that a long run takes no more memory than a short one. */
export class Timeline {
  intervalMs = FIRST_INTERVAL_MS;
  private intervals: Interval[] = [];

  /** @param start of the run, as performance.now() counts */
  constructor(private readonly start: number) {}

  ok(now: number, ms: number, count: number): void {
    this.at(now).rtt.record(ms, count);
  }

  error(now: number): void {
    this.at(now).errors += 1;
  }

  points(): TimelinePoint[] {
    while (this.intervals.length > SPARSE_INTERVALS && this.isSparse()) this.halve();
    return this.intervals.map(({ rtt, errors }, index) => ({
      t: index * this.intervalMs,
      ok: rtt.count,
      errors,
      p50: rtt.percentile(50) ?? null,
      p99: rtt.percentile(99) ?? null,
      max: rtt.percentile(100) ?? null,
    }));
  }

  private isSparse(): boolean {
    const empty = this.intervals.filter(({ rtt, errors }) => rtt.count === 0 && errors === 0);
    return empty.length > this.intervals.length / 2;
  }

  private at(now: number): Interval {
    let index = Math.max(0, Math.floor((now - this.start) / this.intervalMs));
    while (index >= MAX_INTERVALS) {
      this.halve();
      index = Math.floor((now - this.start) / this.intervalMs);
    }
    while (this.intervals.length <= index) this.intervals.push(newInterval());
    return this.intervals[index] as Interval;
  }

  private halve(): void {
    this.intervals = this.intervals.flatMap((interval, index, all) => {
      if (index % 2 === 1) return [];
      const next = all[index + 1];
      if (next !== undefined) {
        interval.rtt.add(next.rtt);
        interval.errors += next.errors;
      }
      return [interval];
    });
    this.intervalMs *= 2;
  }
}
