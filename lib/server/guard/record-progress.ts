/** A stream that counts the bytes read from it. */
interface Counted {
  readonly bytesRead: number;
}

/**
 * Progress of the TCP socket under a TLS stream. A TLS record, up to 16 KiB, yields no byte until it is whole: a client
 * that sends one slowly is not silent, and one that never completes it must still time out.
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
   * Both as performance.now(), in ms, to the precision of the calls.
   * @returns when bytes last arrived, and when the record that is not whole yet began; undefined if there is none
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
