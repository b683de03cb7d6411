import type { ClientFault } from '../../client/client-error';
import { Latencies } from './latencies';
import { StageTallies } from './stage-tally';
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
  /** Of the replies since it was set; undefined where nobody asks. */
  recent: Latencies | undefined;
  sent = 0;
  ok = 0;
  /** Those of them that came back by {@link until}: the rate is made of these, as a server that is overloaded answers the rest later. */
  okInTime = 0;
  /** When the time of a run that ends by time is up, by performance.now(). */
  until = Infinity;
  /** Bytes received, headers included. */
  bytes = 0;
  /** When the last message came back right. */
  lastOkAt: number;
  private readonly errorsByEvent = new Map<ClientFault, ErrorCount>();

  /**
   * @param from when the warm-up ends, by performance.now()
   * @param stages those of a schedule; none where the rate is one, or there is none
   */
  constructor(
    readonly from: number,
    readonly stages = new StageTallies([], from),
  ) {
    this.timeline = new Timeline(from);
    this.lastOkAt = from;
  }

  get errors(): readonly ErrorCount[] {
    return [...this.errorsByEvent.values()];
  }

  get errorCount(): number {
    return this.errors.reduce((sum, { count }) => sum + count, 0);
  }

  /** Counts sent messages: the first at `at`, each `step` ms after the one before. @returns how many of them are measured */
  countSent(at: number, step: number, count: number): number {
    const early = at >= this.from ? 0 : step === 0 ? count : Math.min(count, Math.ceil((this.from - at) / step));
    this.warmup.sent += early;
    this.sent += count - early;
    const stage = this.stages.at(at);
    if (stage !== undefined) stage.sent += count;
    return count - early;
  }

  /** When the stage in which `at` lies ends: messages that are sent together must be of one. */
  stageEnd(at: number): number {
    return this.stages.endAt(at);
  }

  /** Counts that messages that were due at `at` were noticed `ms` later. */
  countLateness(at: number, ms: number, count: number): void {
    this.stages.at(at)?.lateness.record(ms, count);
  }

  /** Counts messages that were sent at `at` and came back right at `now`. @returns whether they are measured */
  countOk(at: number, now: number, count: number): boolean {
    this.lastOkAt = now;
    this.recent?.record(now - at, count);
    if (at < this.from) {
      this.warmup.ok += count;
      return false;
    }
    this.ok += count;
    if (now <= this.until) this.okInTime += count;
    this.rtt.record(now - at, count);
    this.timeline.ok(now, now - at, count);
    if (this.stages.all.length > 0) this.countStage(at, now, count);
    return true;
  }

  private countStage(at: number, now: number, count: number): void {
    const due = this.stages.at(at);
    if (due !== undefined) {
      due.ok += count;
      due.rtt.record(now - at, count);
    }
    const current = this.stages.at(now);
    if (current !== undefined) current.replies += count;
  }

  /** Counts received bytes. */
  countBytes(bytes: number, now: number): void {
    if (now >= this.from) this.bytes += bytes;
  }

  countError(event: ClientFault, message: string): void {
    const known = this.errorsByEvent.get(event);
    if (known) known.count += 1;
    else this.errorsByEvent.set(event, { event, count: 1, first: message });
    const now = performance.now();
    this.timeline.error(now);
    const stage = this.stages.at(now);
    if (stage !== undefined) stage.errors += 1;
  }
}
