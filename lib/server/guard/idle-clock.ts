import type { Sending } from './send-progress';

/** What a guard watches of a connection, at one moment. Times in ms, as performance.now() counts. */
export interface Activity {
  /** When the last bytes came in. */
  readonly receivedAt: number;
  /** When the frame began that is not yet whole; undefined between frames. */
  readonly frameStartedAt: number | undefined;
  /** Whether data waits for the peer, and what changes whenever it took some; undefined where that was not checked. */
  readonly sending: Sending | undefined;
  /** Whether a request is being worked on: unless data waits for the peer, the delay is ours. */
  readonly isWorking: boolean;
}

/** The guards' limits, in ms; 0 is off. */
export interface IdleLimits {
  readonly idle: number;
  readonly frame: number;
}

export type IdleEvent = 'recv_timeout' | 'send_timeout' | 'frame_timeout';

/** While data waits, progress is checked this many times within the shorter limit, and at least this often, in ms. */
const CHECKS_PER_LIMIT = 4;
const MAX_WAIT_MS = 1_000;

/**
 * A check that comes this much too late, in ms, and by more than the time between two checks, says that this process stood
 * still (a suspended machine, SIGSTOP): nobody could be heard meanwhile, so that the limits start anew.
 */
const STOOD_STILL_MS = 250;

/**
 * Tells a silent client from one that does not read, and both from one that is slow: pure arithmetic on what is observed.
 *
 * The idle limit counts from the last byte received or the last progress seen in sending, whichever is later. The frame
 * limit counts from a frame's first byte, but not while data waits: the sender is not read from then, the delay is ours. Where
 * none waits, neither counts while a request is being worked on.
 */
export class IdleClock {
  private sendProgressAt: number;
  private sendMark: string | undefined;
  /** When the sender was last seen not to be read from, because data waited. */
  private backloggedAt = -Infinity;
  /** When this side was last seen to be the one that delays: it worked, or stood still. */
  private delayedAt = -Infinity;
  /** When the next check is due. */
  private dueAt: number;
  /** How long after a check, or the start, the next check follows at most, in ms. */
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

  /** The limit that has passed, or in how many ms to check again. */
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
