import { type Counters, lagBounds, zeroCounters } from './server-stats';

/** How often the lag is measured, in ms. */
const INTERVAL_MS = 50;

/**
 * How late timers of this process run. Counted in buckets, as percentiles cannot be added up over processes or over
 * time.
 */
export class EventLoopLag {
  private readonly buckets = { ...zeroCounters.eventLoopLag.buckets };
  private seconds = 0;

  constructor() {
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      this.observe(Math.max(now - last - INTERVAL_MS, 0) / 1000);
      last = now;
    }, INTERVAL_MS).unref();
  }

  /** @param lag in seconds */
  observe(lag: number): void {
    const bound = lagBounds.find((each) => lag <= each) ?? '+Inf';
    this.buckets[bound] = (this.buckets[bound] ?? 0) + 1;
    this.seconds += lag;
  }

  read(): Counters['eventLoopLag'] {
    return { buckets: { ...this.buckets }, seconds: this.seconds };
  }
}
