import { FrameBatch, FrameOversizeError, type Payload } from '../framing';
import { FrameParser } from '../framing/frame-parser';
import { FrameClientError } from './client-error';
import { type ClientSettings, type FrameClientOptions, readClientOptions } from './client-options';
import { ClientSocket, type ClientSocketHandlers } from './client-socket';

export type { FrameClientOptions } from './client-options';

/** Bytes of received frames held for the user before reading from the server pauses. */
const READ_AHEAD = 1_048_576;

/** A pending `receive` or `receiveBatch`. */
interface Receiver {
  /** Takes its result from the received frames; undefined if there is none yet. */
  readonly take: () => unknown;
  readonly resolve: (taken: unknown) => void;
  readonly reject: (fault: Error) => void;
}

/** A pending `send`. */
interface Sender {
  readonly resolve: () => void;
  readonly reject: (fault: Error) => void;
}

/**
 * A client for servers with `[4-byte big-endian length][payload]` frames.
 *
 * ```ts
 * await using client = await FrameClient.connect({ port: 9900 });
 * await client.send('first');
 * await client.send(FrameBatch.of('second', 'third'));
 * client.end();
 * for await (const payload of client) console.log(payload.toString());
 * ```
 *
 * Memory is bounded whatever the server sends: reading pauses when 1 MiB of whole frames waits to be received. While
 * bytes wait to be sent it reads on, as long as fewer bytes came than were sent: otherwise an echo server and a client
 * that writes much before it receives would wait for each other. If replies are larger than requests, receive while you
 * send.
 *
 * Promises are rejected with a {@link FrameClientError}, whose `code` names the cause, or with an AbortError if the
 * signal was aborted. Once the connection has failed, every later call is rejected with the same error.
 */
export class FrameClient implements AsyncIterable<Buffer>, AsyncDisposable {
  private readonly connection: ClientSocket;
  private readonly parser: FrameParser;
  private readonly onWire: FrameClientOptions['onWire'];
  private readonly batches: FrameBatch[] = [];
  /** The batch that payloads are being taken from, one by one. */
  private current: { readonly rest: Iterator<Buffer>; left: number } | undefined;
  private readBytes = 0;
  /** Bytes sent minus bytes received. */
  private unanswered = 0;
  private paused = false;
  private readonly receivers: Receiver[] = [];
  private senders: Sender[] = [];
  /** State of the server's side. */
  private state: 'open' | 'ended' | 'closed' = 'open';
  /** Whether this side has ended. */
  private finished = false;
  private fault: Error | undefined;
  private onClosed: () => void = () => undefined;
  private readonly closed = new Promise<void>((resolve) => (this.onClosed = resolve));

  private constructor(settings: ClientSettings) {
    const { host, port, timeout, tls, maxPayload, sendProxy, keepAlive, signal, onWire } = settings;
    const optional = { ...(keepAlive !== undefined && { keepAlive }), ...(tls && { tls }), ...(signal && { signal }) };
    this.connection = new ClientSocket({ host, port, timeout, sendProxy, ...optional }, this.handlers());
    this.parser = new FrameParser(maxPayload);
    this.onWire = onWire;
  }

  /**
   * Connects, with TCP_NODELAY and keep-alive on.
   * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
   *   `ERR_INVALID_ARG_TYPE`)
   * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
   * @throws {FrameClientError} `ERR_CONNECT_FAILED`, `ERR_CONNECT_TIMEOUT`, `ERR_LOCAL_EXHAUSTED`; with TLS also
   *   `ERR_TLS_FAILED`, `ERR_TLS_TIMEOUT`
   * @throws {Error} `ERR_TLS_CREDENTIALS` for a certificate or key that cannot be used
   * @throws {DOMException} an AbortError if the signal was aborted
   */
  static async connect(options: FrameClientOptions): Promise<FrameClient> {
    const client = new FrameClient(readClientOptions(options));
    await client.connection.open();
    return client;
  }

  /** How long the TLS handshake took, in ms; undefined without TLS. */
  get handshakeMs(): number | undefined {
    return this.connection.handshakeMs;
  }

  /** `host:port` of the server. */
  get peer(): string {
    return this.connection.peer;
  }

  /**
   * Sends a frame, or a batch of them. Frames are sent in the order of the calls, awaited or not. The bytes are not
   * copied: do not change them before the promise is resolved.
   *
   * Resolves when the kernel has taken all bytes; await it to bound memory. A rejection that nobody awaits is no
   * unhandled rejection: the next call is rejected with the same error.
   * @throws {FrameClientError} `ERR_CLIENT_ENDED` after `end`; otherwise the error that ended the connection
   * @throws {RangeError} synchronously (`ERR_OUT_OF_RANGE`), for a payload of more than 4294967295 bytes
   */
  send(frames: Payload | FrameBatch): Promise<void> {
    const { pieces, byteLength } = frames instanceof FrameBatch ? frames : FrameBatch.of(frames);
    if (this.fault === undefined && this.finished) return Promise.reject(this.endedError());
    const sent = this.fault === undefined ? this.transmit(pieces, byteLength) : Promise.reject(this.fault);
    // If nobody awaits the promise, its rejection must not end the process.
    sent.catch(() => undefined);
    return sent;
  }

  /**
   * Receives the next payload: undefined once the server has sent FIN after a whole frame, and on every later call.
   * Several calls may be pending; they resolve in order.
   * @throws {FrameClientError} the error that ended the connection, after every whole frame has been received
   */
  receive(): Promise<Buffer | undefined> {
    return this.wait(() => this.takePayload());
  }

  /**
   * Receives all frames of one chunk, or the rest of them: cheaper if there are many. Otherwise the same as `receive`.
   */
  receiveBatch(): Promise<FrameBatch | undefined> {
    return this.wait(() => this.takeBatch());
  }

  /**
   * Sends one frame and receives the next. Several calls may be pending; they get the replies in the order of the
   * calls.
   * @throws {FrameClientError} like `send` and `receive`; `ERR_REPLY_MISSING` if the server sends FIN instead
   * @throws {RangeError} (`ERR_OUT_OF_RANGE`) for a payload of more than 4294967295 bytes
   */
  async request(payload: Payload): Promise<Buffer> {
    if (this.fault === undefined && this.finished) throw this.endedError();
    // If sending fails, so does `receive`, with the same error.
    void this.send(payload);
    const reply = await this.receive();
    if (reply === undefined) throw new FrameClientError('reply_missing', `${this.peer} closed without a reply`);
    return reply;
  }

  /**
   * The payloads until the server sends FIN; then this side is ended as well. Leaving the loop earlier (`break`,
   * `return`, `throw`) closes the client.
   * @throws {FrameClientError} like `receive`
   */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    let complete = false;
    try {
      for (let payload = await this.receive(); payload !== undefined; payload = await this.receive()) yield payload;
      complete = true;
    } finally {
      if (complete) this.end();
      else this.close();
    }
  }

  /**
   * Ends this side: FIN follows the frames sent. Replies can still be received; the connection closes when the server
   * has sent FIN as well. A second call does nothing.
   */
  end(): void {
    this.finished = true;
    this.connection.end();
  }

  /**
   * Closes at once, both ways. Every pending and later call is rejected with `ERR_CLIENT_CLOSED`; frames not received
   * yet are dropped. A second call does nothing. To end in order, call `end` and receive until undefined.
   */
  close(): void {
    this.batches.length = 0;
    this.current = undefined;
    this.readBytes = 0;
    this.fail(new FrameClientError('client_closed', `the connection to ${this.peer} was closed by its client`));
    this.serve();
    this.rejectSenders();
  }

  /** Same as `close`; resolves when the socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  private handlers(): ClientSocketHandlers {
    return {
      onData: (chunk) => {
        this.onWire?.('received', chunk);
        this.unanswered -= chunk.length;
        const batch = this.parser.feed(chunk);
        if (batch !== undefined) {
          this.batches.push(batch);
          this.readBytes += batch.byteLength;
        }
        if (this.parser.fault instanceof FrameOversizeError) {
          const { announced, maxPayload } = this.parser.fault;
          const message = `${this.peer} announced a frame of ${announced} bytes, the limit is ${maxPayload}`;
          this.fail(new FrameClientError('frame_oversize', message, { cause: this.parser.fault }));
        }
        this.serve();
        this.flow();
      },
      onEnd: () => {
        this.parser.end();
        if (this.parser.fault !== undefined) {
          const message = `${this.peer} closed inside a frame: ${this.parser.fault.message}`;
          this.fail(new FrameClientError('frame_truncated', message, { cause: this.parser.fault }));
        }
        this.state = 'ended';
        this.serve();
      },
      onDrain: () => {
        const sent = this.senders;
        this.senders = [];
        for (const { resolve } of sent) resolve();
        this.flow();
      },
      onClose: (fault) => {
        this.state = 'closed';
        if (fault !== undefined) this.fail(fault);
        this.serve();
        this.rejectSenders();
        this.onClosed();
      },
    };
  }

  private fail(fault: Error): void {
    this.fault ??= fault;
    this.connection.fail(this.fault);
  }

  private endedError(): FrameClientError {
    return new FrameClientError('client_ended', `nothing can be sent to ${this.peer} after end()`);
  }

  private transmit(pieces: readonly Buffer[], byteLength: number): Promise<void> {
    if (this.onWire) for (const piece of pieces) this.onWire('sent', piece);
    this.unanswered += byteLength;
    if (this.connection.write(pieces)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.senders.push({ resolve, reject });
      this.flow();
    });
  }

  private rejectSenders(): void {
    const unsent = this.senders;
    this.senders = [];
    const reason = this.fault ?? new FrameClientError('broken_pipe', `the connection to ${this.peer} was closed`);
    for (const { reject } of unsent) reject(reason);
  }

  private wait<T>(take: () => T | undefined): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      this.receivers.push({ take, resolve: resolve as Receiver['resolve'], reject });
      this.serve();
      this.flow();
    });
  }

  /** Settles pending receivers, in order. Whole frames come before the end, and before a fault. */
  private serve(): void {
    for (let waiter = this.receivers[0]; waiter !== undefined; waiter = this.receivers[0]) {
      const taken = waiter.take();
      if (taken === undefined && this.fault === undefined && this.state === 'open') break;
      this.receivers.shift();
      if (taken === undefined && this.fault !== undefined) waiter.reject(this.fault);
      else waiter.resolve(taken);
    }
    this.connection.replyOwed = this.receivers.length > 0;
  }

  /**
   * Pauses or resumes reading. Pending receivers need it, and so do pending sends to a server that echoes while it
   * reads.
   */
  private flow(): void {
    const wanted = this.receivers.length > 0 || (this.senders.length > 0 && this.unanswered > 0);
    const pause = this.readBytes > READ_AHEAD && !wanted;
    if (pause === this.paused) return;
    this.paused = pause;
    if (pause) this.connection.pause();
    else this.connection.resume();
  }

  private takePayload(): Buffer | undefined {
    if (this.current === undefined || this.current.left === 0) {
      const batch = this.batches.shift();
      if (batch === undefined) return undefined;
      this.readBytes -= batch.byteLength;
      this.current = { rest: batch[Symbol.iterator](), left: batch.count };
    }
    this.current.left -= 1;
    return this.current.rest.next().value as Buffer;
  }

  private takeBatch(): FrameBatch | undefined {
    if (this.current !== undefined && this.current.left > 0) {
      const rest: Buffer[] = [];
      while (this.current.left > 0) rest.push(this.takePayload() as Buffer);
      return FrameBatch.of(...rest);
    }
    const batch = this.batches.shift();
    this.readBytes -= batch?.byteLength ?? 0;
    return batch;
  }
}
