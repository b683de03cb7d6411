import type { Sending } from './send-progress';

/** State of a connection at one moment. Times are those of performance.now(), in ms. */
export interface Activity {
  /** When the last bytes came. */
  readonly receivedAt: number;
  /** When the first byte of the unfinished frame came; undefined between frames. */
  readonly frameStartedAt: number | undefined;
  /** Whether the peer makes progress with what it was sent; undefined if that was not checked. */
  readonly sending: Sending | undefined;
  /** Whether a request is being handled: unless data waits for the peer, this side causes the delay. */
  readonly isWorking: boolean;
}

/** The guards' limits, in ms; 0 is off. */
export interface IdleLimits {
  readonly idle: number;
  readonly frame: number;
}

export type IdleEvent = 'recv_timeout' | 'send_timeout' | 'frame_timeout';

/** How often progress is checked: so many times within the shorter limit, and at least once in so many ms. */
const CHECKS_PER_LIMIT = 4;
const MAX_WAIT_MS = 1_000;

/**
 * A check that comes later than its time by more than this, in ms, and by more than the interval between checks, shows
 * that this process was stopped (SIGSTOP, a suspended machine). As nothing was read meanwhile, the limits start anew.
 */
const STOOD_STILL_MS = 250;

/**
 * Tells a silent client, one that does not read, and one that is only slow from each other. Pure arithmetic on what was
 * observed.
 *
 * The idle limit counts from the last byte received or the last progress in sending, whichever is later. The frame
 * limit counts from a frame's first byte; it starts anew while data waits, as the client is not read from then. If no
 * data waits, neither limit counts while a request is being handled.
 */
export class IdleClock {
  private sendProgressAt: number;
  private sendMark: string | undefined;
  /** When data was last seen waiting for the peer, which was not read from because of that. */
  private backloggedAt = -Infinity;
  /** When this side was last seen to cause the delay: it handled a request, or stood still. */
  private delayedAt = -Infinity;
  private dueAt: number;
  /** Longest time from one check to the next, in ms. */
  readonly interval: number;

  constructor(
    private readonly limits: IdleLimits,
    now: number,
  ) {
    const shorter = Math.min(limits.idle || Infinity, limits.frame || Infinity);
    this.interval = Math.min(shorter / CHECKS_PER_LIMIT, MAX_WAIT_MS);
    this.sendProgressAt = now;
    this.dueAt = now + this.interval;
  }

  /** Returns the limit that was exceeded, or the ms until the next check. */
  observe(now: number, { receivedAt, frameStartedAt, sending, isWorking }: Activity): IdleEvent | number {
    const { idle, frame } = this.limits;
    if (sending !== undefined && sending.mark !== this.sendMark) {
      this.sendMark = sending.mark;
      this.sendProgressAt = now;
    }
    const waits = sending?.waits === true;
    const stoodStill = now - this.dueAt > Math.max(this.interval, STOOD_STILL_MS);
    if (waits) this.backloggedAt = now;
    if ((isWorking && !waits) || stoodStill) this.delayedAt = now;

    const idleLeft = idle > 0 ? Math.max(this.delayedAt, receivedAt, this.sendProgressAt) + idle - now : Infinity;
    if (idleLeft <= 0) return waits ? 'send_timeout' : 'recv_timeout';
    const isFrameTimed = frame > 0 && frameStartedAt !== undefined;
    const frameLeft = isFrameTimed
      ? Math.max(this.delayedAt, frameStartedAt, this.backloggedAt) + frame - now
      : Infinity;
    if (frameLeft <= 0) return 'frame_timeout';
    const wait = Math.min(idleLeft, frameLeft, this.interval);
    this.dueAt = now + wait;
    return wait;
  }
}
