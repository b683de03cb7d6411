import type { Percentiles } from './load-spec';

/** What a run counts. */
export class LoadTally {
  frames = 0;
  private times = new Float64Array(1 << 16);
  private timed = 0;

  /** One round trip, in ms. */
  time(milliseconds: number): void {
    if (this.timed === this.times.length) {
      const longer = new Float64Array(this.times.length * 2);
      longer.set(this.times);
      this.times = longer;
    }
    this.times[this.timed++] = milliseconds;
  }

  restart(): void {
    this.frames = 0;
    this.timed = 0;
  }

  /** In µs; undefined where nothing was timed. */
  percentiles(): Percentiles | undefined {
    if (this.timed === 0) return undefined;
    const sorted = this.times.subarray(0, this.timed).sort();
    const at = (part: number): number => (sorted[Math.floor((this.timed - 1) * part)] ?? NaN) * 1000;
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
