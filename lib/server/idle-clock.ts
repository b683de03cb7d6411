/** What a guard watches of a connection, at one moment. Times in ms, as performance.now() counts. */
export interface Activity {
  /** When the last bytes came in. */
  readonly receivedAt: number;
  /** When the frame began that is not yet whole; undefined between frames. */
  readonly frameStartedAt: number | undefined;
  /** While data waits to be sent: a mark that changes whenever the peer took some of it. Undefined while none waits. */
  readonly sendMark: string | undefined;
  /** Whether nothing can pass but the idle limit, so that no look is needed before, until {@link IdleGuard.wake}. */
  readonly isResting: boolean;
}

/** The guards' limits, in ms; 0 is off. */
export interface IdleLimits {
  readonly idle: number;
  readonly frame: number;
}

export type IdleEvent = 'recv_timeout' | 'send_timeout' | 'frame_timeout';

/** While data waits, progress is looked for this many times within the shorter limit, and at least this often, in ms. */
const LOOKS_PER_LIMIT = 4;
const MAX_WAIT_MS = 1_000;

/**
 * A look that comes this much too late, in ms, and by more than the time between two looks, says that this process stood
 * still (a suspended machine, SIGSTOP): nobody could be heard meanwhile, so that the limits start anew.
 */
const STOOD_STILL_MS = 250;

/**
 * Tells a silent client from one that does not read, and both from one that is slow: pure arithmetic on what is observed.
 *
 * The idle limit counts from the last byte received or the last progress seen in sending, whichever is later. The frame
 * limit counts from a frame's first byte, but not while data waits: its sender is not read from then, the delay is ours.
 */
export class IdleClock {
  private sendProgressAt: number;
  private sendMark: string | undefined;
  /** When data was last seen waiting. */
  private backloggedAt = -Infinity;
  /** When the next look is due. */
  private dueAt: number;
  /** When this process was last found to have stood still. */
  private resumedAt = -Infinity;
  /** How long after a look, or the start, the next look follows at most, in ms. */
  readonly interval: number;

  constructor(
    private readonly limits: IdleLimits,
    now: number,
  ) {
    const shorter = Math.min(limits.idle || Infinity, limits.frame || Infinity);
    this.interval = Math.min(shorter / LOOKS_PER_LIMIT, MAX_WAIT_MS);
    this.sendProgressAt = now;
    this.dueAt = now + this.interval;
  }

  /** The limit that has passed, or in how many ms to look again. */
  observe(now: number, { receivedAt, frameStartedAt, sendMark, isResting }: Activity): IdleEvent | number {
    const { idle, frame } = this.limits;
    if (sendMark !== this.sendMark) {
      this.sendMark = sendMark;
      this.sendProgressAt = now;
    }
    if (sendMark !== undefined) this.backloggedAt = now;

    if (now - this.dueAt > Math.max(this.interval, STOOD_STILL_MS)) this.resumedAt = now;

    const idleLeft = idle > 0 ? Math.max(this.resumedAt, receivedAt, this.sendProgressAt) + idle - now : Infinity;
    if (idleLeft <= 0) return sendMark === undefined ? 'recv_timeout' : 'send_timeout';
    const isFrameTimed = frame > 0 && frameStartedAt !== undefined;
    const frameLeft = isFrameTimed
      ? Math.max(this.resumedAt, frameStartedAt, this.backloggedAt) + frame - now
      : Infinity;
    if (frameLeft <= 0) return 'frame_timeout';
    const wait = Math.min(idleLeft, frameLeft, isResting ? Infinity : this.interval);
    this.dueAt = now + wait;
    return wait;
  }
}
