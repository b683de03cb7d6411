/**
 * When pings are due: at a fixed interval from the first, however long replies take. A process that was held up skips
 * the pings that it missed, and does not send them in a burst.
 */
export class PingSchedule {
  /** Pings left out. */
  missed = 0;

  /**
   * @param due when the first is due, in ms
   * @param intervalMs ms
   */
  constructor(
    private due: number,
    private readonly intervalMs: number,
  ) {}

  /** When the next ping is due, in ms: `now` or later, unless it is late by less than an interval. */
  next(now: number): number {
    const missed = Math.max(0, Math.floor((now - this.due) / this.intervalMs));
    this.missed += missed;
    const due = this.due + missed * this.intervalMs;
    this.due = due + this.intervalMs;
    return due;
  }
}
