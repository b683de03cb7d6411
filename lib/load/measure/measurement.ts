import type { ClientFault } from '../../client/client-error';
import { Latencies } from './latencies';
import { Timeline } from './timeline';

/** Errors of one kind: how many, and the first of them in words. */
export interface ErrorCount {
  readonly event: ClientFault;
  count: number;
  readonly first: string;
}

/** What a run counts. A message belongs to the warm-up or to the measurement by when it was sent, or due. */
export class Measurement {
  /** Round trips of the measured messages that came back right. */
  readonly rtt = new Latencies();
  /** How long TCP connects took, without what follows them. */
  readonly connect = new Latencies();
  readonly handshake = new Latencies();
  readonly timeline: Timeline;
  readonly warmup = { sent: 0, ok: 0 };
  sent = 0;
  ok = 0;
  /** Bytes received, headers included. */
  bytes = 0;
  /** When the last message came back right. */
  lastOkAt: number;
  private readonly errorsByEvent = new Map<ClientFault, ErrorCount>();

  /** @param from when the warm-up ends, by performance.now() */
  constructor(readonly from: number) {
    this.timeline = new Timeline(from);
    this.lastOkAt = from;
  }

  get errors(): readonly ErrorCount[] {
    return [...this.errorsByEvent.values()];
  }

  /** Counts sent messages: the first at `at`, each `step` ms after the one before. @returns how many of them are measured */
  countSent(at: number, step: number, count: number): number {
    const early = at >= this.from ? 0 : step === 0 ? count : Math.min(count, Math.ceil((this.from - at) / step));
    this.warmup.sent += early;
    this.sent += count - early;
    return count - early;
  }

  /** Counts messages that were sent at `at` and came back right at `now`. @returns whether they are measured */
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

  /** Counts received bytes. */
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
