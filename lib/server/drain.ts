/** How long a stop goes on reading what a client sends, and how often it checks, in ms. */
export const DRAIN_GRACE_MS = 1_000;
export const DRAIN_POLL_MS = 10;

/** The receiving side of a connection. */
export interface ReceiveState {
  /** Bytes read from the socket. */
  readonly read: number;
  /** Those of them that are still in the socket's own buffer. */
  readonly buffered: number;
  /** Bytes in the kernel's receive buffer; undefined if unknown. */
  readonly unread: number | undefined;
}

/**
 * Decides when a connection that is being drained stops reading. Some of what the client sent before the stop may still
 * be in its own buffers: reading goes on while bytes keep coming, up to a limit. Bytes that had arrived before the stop
 * are all read, however long it takes.
 */
export class Drain {
  private readonly arrived: number;
  private seen = -1;

  constructor(
    { read, unread = 0 }: ReceiveState,
    private readonly graceEnds: number,
  ) {
    this.arrived = read + unread;
  }

  /** Bytes still to be accepted before the end; undefined if it is too early to say. */
  remaining(now: number, { read, buffered, unread }: ReceiveState): number | undefined {
    const isQuiet = read === this.seen && buffered === 0 && unread === 0;
    this.seen = read;
    if (isQuiet) return 0;
    if (now < this.graceEnds) return undefined;
    return Math.max(this.arrived - read, 0) + buffered;
  }
}
