/**
 * A stop takes in what a client goes on sending for this long at most, and checks this often whether it does, in ms.
 */
export const DRAIN_GRACE_MS = 1_000;
export const DRAIN_POLL_MS = 10;

/** What is seen of a connection that is to be drained. */
export interface ReceiveState {
  /** Bytes that were read of the socket. */
  readonly read: number;
  /** Of these, bytes that still wait in the socket's own buffer. */
  readonly buffered: number;
  /** Bytes that the kernel holds; undefined where that is not known. */
  readonly unread: number | undefined;
}

/**
 * Decides when a connection that is being drained takes in no more. A part of what the client wrote before the stop may
 * still be in its own buffers: it is taken in as long as it keeps coming, for a moment. What had arrived before that is
 * taken in however long it takes.
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

  /** How many bytes are still to be taken in before the end; undefined where it is to be asked again. */
  remaining(now: number, { read, buffered, unread }: ReceiveState): number | undefined {
    const isQuiet = read === this.seen && buffered === 0 && unread === 0;
    this.seen = read;
    if (isQuiet) return 0;
    if (now < this.graceEnds) return undefined;
    return Math.max(this.arrived - read, 0) + buffered;
  }
}
