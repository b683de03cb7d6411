import { JsHistogram, build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';

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

/** Durations as they are stored and merged: the whole histogram, and what it does not have exactly. */
export interface StoredLatencies {
  readonly count: number;
  /** Exact to 0.1 µs; null where none was recorded. */
  readonly min_ms: number | null;
  readonly max_ms: number | null;
  readonly sum_ms: number;
  /** An HdrHistogram of 0.1 µs units: V2 encoding, compressed, base64. */
  readonly hdr: string;
}

/** Counts are doubles: 32 bits could overflow in a long run. */
const COUNT_BITS = 64;

/** Bars per decade of a histogram: the finest division with at most MAX_BARS bars is used. */
const BARS_PER_DECADE = [100, 50, 20, 10];
const FEWEST_BARS_PER_DECADE = 5;
const MAX_BARS = 60;

const ticks = (ms: number): number => Math.round(ms * PER_MS);
/** Rounds to 0.1 µs. */
const rounded = (ms: number): number => ticks(ms) / PER_MS;

/** hdr-histogram-js also has histograms in WebAssembly, without iterators. */
function jsHistogram(histogram: unknown): JsHistogram {
  if (!(histogram instanceof JsHistogram)) throw new TypeError('hdr-histogram-js built a histogram without iterators');
  return histogram;
}

function decoded(hdr: string): JsHistogram {
  try {
    const histogram = jsHistogram(decodeFromCompressedBase64(hdr, COUNT_BITS));
    histogram.autoResize = true; // as one that was built
    return histogram;
  } catch (error) {
    throw new TypeError('a histogram that cannot be decoded', { cause: error });
  }
}

/**
 * Durations in milliseconds, in a histogram whose size does not depend on their number. Each is rounded to 0.1 µs, so that sums are
 * exact, and the same in whatever order they are added.
 * @see https://github.com/HdrHistogram/HdrHistogramJS
 */
export class Latencies {
  /** In ticks of 0.1 µs. */
  private min = Infinity;
  private max = 0;
  private sum = 0;
  private histogram: JsHistogram;

  /** @param digits significant digits of the percentiles: with 3 they are exact to a thousandth */
  constructor(digits: 2 | 3 = 3) {
    this.histogram = jsHistogram(build({ numberOfSignificantValueDigits: digits, bitBucketSize: COUNT_BITS }));
  }

  /**
   * Reads what {@link stored} returned.
   * @throws {TypeError} where the histogram cannot be decoded, or its count differs
   */
  static from({ count, min_ms, max_ms, sum_ms, hdr }: StoredLatencies): Latencies {
    const latencies = new Latencies();
    latencies.histogram = decoded(hdr);
    if (latencies.count !== count) throw new TypeError(`a histogram of ${latencies.count} values, not of ${count}`);
    latencies.min = min_ms === null ? Infinity : ticks(min_ms);
    latencies.max = ticks(max_ms ?? 0);
    latencies.sum = ticks(sum_ms);
    return latencies;
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** In ms; 0 where none was recorded. */
  get average(): number {
    return this.count === 0 ? 0 : this.sum / this.count / PER_MS;
  }

  record(ms: number, count = 1): void {
    const value = ticks(ms);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sum += value * count;
    if (count === 1) this.histogram.recordValue(value);
    else this.histogram.recordValueWithCount(value, count);
  }

  add(other: Latencies): void {
    if (other.count === 0) return;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.sum += other.sum;
    this.histogram.add(other.histogram);
  }

  stored(): StoredLatencies {
    const any = this.count > 0;
    return {
      count: this.count,
      min_ms: any ? this.min / PER_MS : null,
      max_ms: any ? this.max / PER_MS : null,
      sum_ms: this.sum / PER_MS,
      hdr: encodeIntoCompressedBase64(this.histogram),
    };
  }

  /** The duration in ms that this percentage of the durations does not exceed; undefined where none was recorded. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    const value = this.histogram.getValueAtPercentile(percent);
    return Math.min(Math.max(value, this.min), this.max) / PER_MS;
  }

  summary(): Summary {
    const any = this.count > 0;
    const at = (percent: number): number | null => this.percentile(percent) ?? null;
    return {
      min: any ? this.min / PER_MS : null,
      avg: any ? rounded(this.average) : null,
      stddev: any ? rounded(this.histogram.stdDeviation / PER_MS) : null,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      p9999: at(99.99),
      max: any ? this.max / PER_MS : null,
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
    if (this.count > 0) points.push([100, this.max / PER_MS]);
    return points;
  }

  /** The histogram's bars: adjacent ranges in ms, equally wide on a logarithmic scale, and how many durations fall into each. */
  bars(): [from: number, to: number, count: number][] {
    if (this.count === 0) return [];
    const barOf = (ms: number, perDecade: number): number =>
      Math.floor(Math.log10(Math.max(ms, 1 / PER_MS)) * perDecade + 1e-9);
    const [min, max] = [this.min / PER_MS, this.max / PER_MS];
    const barCount = (perDecade: number): number => barOf(max, perDecade) - barOf(min, perDecade) + 1;
    const perDecade = BARS_PER_DECADE.find((each) => barCount(each) <= MAX_BARS) ?? FEWEST_BARS_PER_DECADE;
    const first = barOf(min, perDecade);
    const counts = new Array<number>(barCount(perDecade)).fill(0);
    const values = this.histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAddedInThisIterationStep: count } = values.next();
      const ms = Math.min(Math.max(valueIteratedTo / PER_MS, min), max);
      const bar = barOf(ms, perDecade) - first;
      counts[bar] = (counts[bar] ?? 0) + count;
    }
    const edge = (index: number): number => Number((10 ** ((first + index) / perDecade)).toPrecision(4));
    return counts.map((count, index) => [edge(index), edge(index + 1), count]);
  }
}

/** Of several summaries the largest of each figure: that of the worst. */
export function worstOf(summaries: readonly Summary[]): Summary {
  const worst = (key: keyof Summary): number | null => {
    const known = summaries.map((summary) => summary[key]).filter((ms) => ms !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    min: worst('min'),
    avg: worst('avg'),
    stddev: worst('stddev'),
    p50: worst('p50'),
    p90: worst('p90'),
    p99: worst('p99'),
    p999: worst('p999'),
    p9999: worst('p9999'),
    max: worst('max'),
  };
}
