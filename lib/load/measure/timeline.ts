import { Latencies, type StoredLatencies } from './latencies';

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
interface TimelinePoint {
  readonly t: number;
  readonly ok: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** With two significant digits; null without a reply. */
  readonly rtt: StoredLatencies | null;
}

/** A timeline as a report has it. */
export interface StoredTimeline {
  readonly interval_ms: number;
  readonly points: readonly TimelinePoint[];
}

const newInterval = (): Interval => ({ rtt: new Latencies(2), errors: 0 });

/** A run over time. Its intervals grow with the run, so that a long one takes no more memory than a short one. */
export class Timeline {
  private intervalMs = FIRST_INTERVAL_MS;
  private intervals: Interval[] = [];

  /** @param start when the measurement begins, by performance.now() */
  constructor(private readonly start = 0) {}

  /** Adds up timelines, moment by moment; the intervals are the longest of them. `start`: when each began, in ms. */
  static merge(all: readonly { readonly timeline: StoredTimeline; readonly start: number }[]): Timeline {
    const merged = new Timeline(Math.min(...all.map(({ start }) => start)));
    merged.intervalMs = Math.max(FIRST_INTERVAL_MS, ...all.map(({ timeline }) => timeline.interval_ms));
    for (const { timeline, start } of all) {
      for (const { t, errors, rtt } of timeline.points) {
        const interval = merged.at(start + t);
        interval.errors += errors;
        if (rtt !== null) interval.rtt.add(Latencies.from(rtt));
      }
    }
    return merged;
  }

  ok(now: number, ms: number, count: number): void {
    this.at(now).rtt.record(ms, count);
  }

  error(now: number): void {
    this.at(now).errors += 1;
  }

  stored(): StoredTimeline {
    while (this.intervals.length > SPARSE_INTERVALS && this.isSparse()) this.halve();
    const points = this.intervals.map(({ rtt, errors }, index) => ({
      t: index * this.intervalMs,
      ok: rtt.count,
      errors,
      p50: rtt.percentile(50) ?? null,
      p99: rtt.percentile(99) ?? null,
      max: rtt.percentile(100) ?? null,
      rtt: rtt.count > 0 ? rtt.stored() : null,
    }));
    return { interval_ms: this.intervalMs, points };
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
