import type { ClientFault } from '../../client/client-error';
import { Latencies } from './latencies';
import { Timeline } from './timeline';

/** An error by its event name: how often, and the first of them in words. */
export interface ErrorCount {
  readonly event: ClientFault;
  count: number;
  readonly first: string;
}

/** All that is counted in a run. A message counts as warm-up or as measured by when it was sent, or due. */
export class Measurement {
  /** Round trips of the measured messages that came back right. */
  readonly rtt = new Latencies();
  /** TCP connects, without what follows them. */
  readonly connect = new Latencies();
  readonly handshake = new Latencies();
  readonly timeline: Timeline;
  readonly warmup = { sent: 0, ok: 0 };
  sent = 0;
  ok = 0;
  /** Wire bytes that came, headers included. */
  bytes = 0;
  /** When the last message came back right. */
  lastOkAt: number;
  private readonly errorsByEvent = new Map<ClientFault, ErrorCount>();

  /** @param from when what is sent begins to count, as performance.now() counts */
  constructor(readonly from: number) {
    this.timeline = new Timeline(from);
    this.lastOkAt = from;
  }

  get errors(): readonly ErrorCount[] {
    return [...this.errorsByEvent.values()];
  }

  /** Messages sent, the first at `at`, the next `step` ms later. @returns how many of them are measured */
  countSent(at: number, step: number, count: number): number {
    const early = at >= this.from ? 0 : step === 0 ? count : Math.min(count, Math.ceil((this.from - at) / step));
    this.warmup.sent += early;
    this.sent += count - early;
    return count - early;
  }

  /** Messages that came back right at `now` and were sent at `at`. @returns whether they are measured */
  countOk(at: number, now: number, count: number): boolean {
    this.lastOkAt = now;
    if (at < this.from) {
      this.warmup.ok += count;
      return false;
    }
    this.ok += count;
    this.rtt.record(now - at, count);
    this.timeline.ok(now, now - at, count);
    return true;
  }

  /** Bytes that came. */
  countBytes(bytes: number, now: number): void {
    if (now >= this.from) this.bytes += bytes;
  }

  countError(event: ClientFault, message: string): void {
    const known = this.errorsByEvent.get(event);
    if (known) known.count += 1;
    else this.errorsByEvent.set(event, { event, count: 1, first: message });
    this.timeline.error(performance.now());
  }
}
