import { Latencies } from './latencies';

/** With this many intervals each two are merged into one. */
const MAX_INTERVALS = 240;
const FIRST_INTERVAL_MS = 10;
/** Where most intervals are empty, they are merged until this many are left. */
const SPARSE_INTERVALS = 40;

/** The round trips and errors of one interval. */
interface Interval {
  readonly rtt: Latencies;
  errors: number;
}

/** An interval as a report gives it, `t` ms after the measurement began; latencies in ms, null without a reply. */
export interface TimelinePoint {
  readonly t: number;
  readonly ok: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

const newInterval = (): Interval => ({ rtt: new Latencies(2), errors: 0 });

/** A run over time. Its intervals grow with the run, so that a long one takes no more memory than a short one. */
export class Timeline {
  intervalMs = FIRST_INTERVAL_MS;
  private intervals: Interval[] = [];

  /** @param start when the measurement begins, by performance.now() */
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
