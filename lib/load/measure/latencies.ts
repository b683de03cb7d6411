import { JsHistogram, build } from 'hdr-histogram-js';

/** What the histogram counts in: a tenth of a microsecond. Loopback round trips take some tens of microseconds. */
const PER_MS = 10_000;

/** What becomes of durations in a report, in ms; null where none was recorded. */
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

/** Steps to a power of ten, of which a histogram takes the finest that do not make more bars than can be seen apart. */
const STEPS = [100, 50, 20, 10];
const FEWEST_STEPS = 5;
const MAX_BARS = 60;

/** To the tenth of a microsecond. */
const rounded = (ms: number): number => Math.round(ms * PER_MS) / PER_MS;

/**
 * Durations in milliseconds, counted in a histogram whose size does not depend on how many there are.
 * @see https://github.com/HdrHistogram/HdrHistogramJS
 */
export class Latencies {
  private min = Infinity;
  private max = 0;
  private sum = 0;
  private readonly histogram: JsHistogram;

  /** @param digits significant digits that are kept of a value: 3 is within a thousandth */
  constructor(digits: 2 | 3 = 3) {
    const histogram = build({ numberOfSignificantValueDigits: digits });
    if (!(histogram instanceof JsHistogram))
      throw new TypeError('hdr-histogram-js built a histogram that cannot be walked');
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

  /** The duration in ms that so many percent did not exceed; undefined where none was recorded. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    const ms = this.histogram.getValueAtPercentile(percent) / PER_MS;
    return rounded(Math.min(Math.max(ms, this.min), this.max));
  }

  summary(): Summary {
    const known = this.count > 0;
    const at = (percent: number): number | null => this.percentile(percent) ?? null;
    return {
      min: known ? rounded(this.min) : null,
      avg: known ? rounded(this.average) : null,
      stddev: known ? rounded(this.histogram.stdDeviation / PER_MS) : null,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      p9999: at(99.99),
      max: known ? rounded(this.max) : null,
    };
  }

  /** The distribution as pairs of percent and ms: twice as close to 100 again and again, until one message is left. */
  distribution(): [percent: number, ms: number][] {
    const points: [number, number][] = [];
    // Ten steps to each halving of what is left above.
    for (let step = 0; this.count > 0; step++) {
      const above = 2 ** (-step / 10);
      if (above * this.count < 1) break;
      points.push([100 * (1 - above), this.percentile(100 * (1 - above)) as number]);
    }
    if (this.count > 0) points.push([100, rounded(this.max)]);
    return points;
  }

  /** How many took from so many ms to so many: bars side by side on a logarithmic scale, from the fastest to the slowest. */
  bars(): [from: number, to: number, count: number][] {
    if (this.count === 0) return [];
    const place = (ms: number, steps: number): number =>
      Math.floor(Math.log10(Math.max(ms, 1 / PER_MS)) * steps + 1e-9);
    const width = (steps: number): number => place(this.max, steps) - place(this.min, steps) + 1;
    const steps = STEPS.find((each) => width(each) <= MAX_BARS) ?? FEWEST_STEPS;
    const first = place(this.min, steps);
    const counts = new Array<number>(width(steps)).fill(0);
    const values = this.histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAddedInThisIterationStep: count } = values.next();
      const ms = Math.min(Math.max(valueIteratedTo / PER_MS, this.min), this.max);
      const bar = place(ms, steps) - first;
      counts[bar] = (counts[bar] ?? 0) + count;
    }
    const edge = (index: number): number => Number((10 ** ((first + index) / steps)).toPrecision(4));
    return counts.map((count, index) => [edge(index), edge(index + 1), count]);
  }
}
