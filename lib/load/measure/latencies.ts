import { JsHistogram, build } from 'hdr-histogram-js';

/** The histogram's unit is 0.1 µs, as loopback round trips take some tens of microseconds. */
const PER_MS = 10_000;

/** Durations as a report gives them, in ms; null where none was recorded. */
export interface Summary {
  readonly min: number | null;
  readonly avg: number | null;
  readonly stddev: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly p9999: number | null;
  readonly max: number | null;
}

/** Bars per decade of a histogram: the finest division with at most MAX_BARS bars is used. */
const BARS_PER_DECADE = [100, 50, 20, 10];
const FEWEST_BARS_PER_DECADE = 5;
const MAX_BARS = 60;

/** Rounds to 0.1 µs. */
const rounded = (ms: number): number => Math.round(ms * PER_MS) / PER_MS;

/**
 * Durations in milliseconds, in a histogram whose size does not depend on their number.
 * @see https://github.com/HdrHistogram/HdrHistogramJS
 */
export class Latencies {
  private min = Infinity;
  private max = 0;
  private sum = 0;
  private readonly histogram: JsHistogram;

  /** @param digits significant digits of the percentiles: with 3 they are exact to a thousandth */
  constructor(digits: 2 | 3 = 3) {
    const histogram = build({ numberOfSignificantValueDigits: digits });
    if (!(histogram instanceof JsHistogram))
      throw new TypeError('hdr-histogram-js built a histogram without iterators');
    this.histogram = histogram;
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  get average(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  record(ms: number, count = 1): void {
    if (ms < this.min) this.min = ms;
    if (ms > this.max) this.max = ms;
    this.sum += ms * count;
    const ticks = Math.round(ms * PER_MS);
    if (count === 1) this.histogram.recordValue(ticks);
    else this.histogram.recordValueWithCount(ticks, count);
  }

  add(other: Latencies): void {
    if (other.count === 0) return;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.sum += other.sum;
    this.histogram.add(other.histogram);
  }

  /** The duration in ms that this percentage of the durations does not exceed; undefined where none was recorded. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    const ms = this.histogram.getValueAtPercentile(percent) / PER_MS;
    return rounded(Math.min(Math.max(ms, this.min), this.max));
  }

  summary(): Summary {
    const any = this.count > 0;
    const at = (percent: number): number | null => this.percentile(percent) ?? null;
    return {
      min: any ? rounded(this.min) : null,
      avg: any ? rounded(this.average) : null,
      stddev: any ? rounded(this.histogram.stdDeviation / PER_MS) : null,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      p9999: at(99.99),
      max: any ? rounded(this.max) : null,
    };
  }

  /** Percentiles in ms, denser towards 100: each ten halve the share of durations above, down to one duration. */
  distribution(): [percent: number, ms: number][] {
    const points: [number, number][] = [];
    for (let step = 0; this.count > 0; step++) {
      const above = 2 ** (-step / 10);
      if (above * this.count < 1) break;
      points.push([100 * (1 - above), this.percentile(100 * (1 - above)) as number]);
    }
    if (this.count > 0) points.push([100, rounded(this.max)]);
    return points;
  }

  /** The histogram's bars: adjacent ranges in ms, equally wide on a logarithmic scale, and how many durations fall into each. */
  bars(): [from: number, to: number, count: number][] {
    if (this.count === 0) return [];
    const barOf = (ms: number, perDecade: number): number =>
      Math.floor(Math.log10(Math.max(ms, 1 / PER_MS)) * perDecade + 1e-9);
    const barCount = (perDecade: number): number => barOf(this.max, perDecade) - barOf(this.min, perDecade) + 1;
    const perDecade = BARS_PER_DECADE.find((each) => barCount(each) <= MAX_BARS) ?? FEWEST_BARS_PER_DECADE;
    const first = barOf(this.min, perDecade);
    const counts = new Array<number>(barCount(perDecade)).fill(0);
    const values = this.histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAddedInThisIterationStep: count } = values.next();
      const ms = Math.min(Math.max(valueIteratedTo / PER_MS, this.min), this.max);
      const bar = barOf(ms, perDecade) - first;
      counts[bar] = (counts[bar] ?? 0) + count;
    }
    const edge = (index: number): number => Number((10 ** ((first + index) / perDecade)).toPrecision(4));
    return counts.map((count, index) => [edge(index), edge(index + 1), count]);
  }
}
