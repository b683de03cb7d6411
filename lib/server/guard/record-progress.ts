/** A stream that counts the bytes that were read of it. */
interface Counted {
  readonly bytesRead: number;
}

/**
 * Sees what moves under a TLS stream. A record of up to 16 KiB shows no byte before it is whole: a client that sends one slowly is not silent,
 * and one that never ends it must not be able to stay.
 */
export class RecordProgress {
  private received: number;
  private opened: number;
  private receivedAt = performance.now();
  private startedAt: number | undefined;

  /**
   * @param transport the TCP socket
   * @param stream the TLS stream on it
   */
  constructor(
    private readonly transport: Counted,
    private readonly stream: Counted,
  ) {
    this.received = transport.bytesRead;
    this.opened = stream.bytesRead;
  }

  /**
   * As of now: when bytes of any kind were last seen to have come, and since when a record was seen that is not whole; in ms, as
   * performance.now() counts.
   */
  sample(): { readonly receivedAt: number; readonly startedAt: number | undefined } {
    const { bytesRead: received } = this.transport;
    const { bytesRead: opened } = this.stream;
    const now = performance.now();
    if (opened !== this.opened) this.startedAt = undefined;
    else if (received !== this.received) this.startedAt ??= now;
    if (received !== this.received) this.receivedAt = now;
    this.received = received;
    this.opened = opened;
    return { receivedAt: this.receivedAt, startedAt: this.startedAt };
  }
}
