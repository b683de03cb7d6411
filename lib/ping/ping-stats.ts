import { Latencies } from '../load/measure/latencies';
import type { LossCause, PingEvent } from './ping-event';

/** A time in which every ping was lost. Times are ms since 1970. */
export interface Outage {
  /** When the first lost ping was sent. */
  readonly from: number;
  /** When the next reply came; undefined if the outage lasts. */
  readonly to: number | undefined;
  /** Pings lost. */
  readonly lost: number;
  /** Why the first was lost. */
  readonly message: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Outages kept; older ones are only counted and timed. */
const KEPT_OUTAGES = 100;

/** The statistics of a run, in memory that does not depend on its length. */
export class PingStats {
  readonly rtt = new Latencies();
  received = 0;
  /** Connections that the server ended while no reply was due. */
  closed = 0;
  readonly lost: Record<LossCause, number> = { no_connection: 0, no_echo: 0, wrong_echo: 0 };
  /** All outages, including those no longer in {@link outages}. */
  outageCount = 0;
  private outageMs = 0;
  private readonly kept: Mutable<Outage>[] = [];

  get lostCount(): number {
    return Object.values(this.lost).reduce((sum, count) => sum + count, 0);
  }

  /** Pings that were answered or lost; not those that are under way. */
  get sent(): number {
    return this.received + this.lostCount;
  }

  /** The latest outages, oldest first; the last one may still last. */
  get outages(): readonly Outage[] {
    return this.kept;
  }

  /** The length of all outages, in ms. @param now ms since 1970, the end of one that still lasts */
  outageTime(now: number): number {
    const { open } = this;
    return this.outageMs + (open ? Math.max(0, now - open.from) : 0);
  }

  add(event: PingEvent): void {
    if (event.type === 'reply') this.addReply(event);
    else if (event.type === 'lost') this.addLoss(event);
    else this.closed += 1;
  }

  private get open(): Mutable<Outage> | undefined {
    const last = this.kept.at(-1);
    return last?.to === undefined ? last : undefined;
  }

  private addReply({ at, sentAt, ms }: Extract<PingEvent, { type: 'reply' }>): void {
    this.received += 1;
    this.rtt.record(ms);
    const { open } = this;
    if (open === undefined || sentAt < open.from) return; // sent before it began
    open.to = at;
    this.outageMs += Math.max(0, at - open.from);
  }

  private addLoss({ sentAt, cause, message }: Extract<PingEvent, { type: 'lost' }>): void {
    this.lost[cause] += 1;
    const { open } = this;
    if (open) {
      open.lost += 1;
      return;
    }
    this.outageCount += 1;
    this.kept.push({ from: sentAt, to: undefined, lost: 1, message });
    if (this.kept.length > KEPT_OUTAGES) this.kept.shift();
  }
}
