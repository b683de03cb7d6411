import { DEFAULT_MAX_PAYLOAD, FrameBatch, FrameOversizeError, FrameParser, type Payload } from '../framing';
import { FrameClientError } from './client-error';
import { Connection, type ConnectionHandlers, type ConnectionOptions } from './connection';

/** What waits to be received, in bytes, before the server is no longer read from. */
const READ_AHEAD = 1_048_576;

export interface FrameClientOptions {
  /** Name or address, IPv4 or IPv6; default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /**
   * Seconds: for the connect; without a byte received while a reply is waited for; without progress while something is to be sent.
   * Default 5, 0 is off.
   */
  readonly timeout?: number;
  /** The largest payload accepted, in bytes; default 65536. It does not limit what is sent. */
  readonly maxPayload?: number;
  /** Aborted, it closes the connection; what is waited for is rejected with an AbortError. */
  readonly signal?: AbortSignal;
  /** Shown the wire bytes both ways: those handed over for sending, and those that came, whether they are good or not. */
  readonly onWire?: (direction: 'sent' | 'received', bytes: Buffer) => void;
}

/** Someone who waits to receive. */
interface Receiver {
  /** Takes what it waits for off what came; undefined where that is not there. */
  readonly take: () => unknown;
  readonly resolve: (taken: unknown) => void;
  readonly reject: (fault: Error) => void;
}

/** Someone who waits for the kernel to take what was sent. */
interface Sender {
  readonly resolve: () => void;
  readonly reject: (fault: Error) => void;
}

/**
 * A client for servers that speak `[4-byte big-endian length][payload]` frames.
 *
 * ```ts
 * const client = await FrameClient.connect({ port: 9900 });
 * await client.send('first');
 * await client.send(FrameBatch.of('second', 'third'));
 * for await (const payload of client) console.log(payload.toString());
 * ```
 *
 * What comes is read whenever something is to be sent, so that a server that echoes while it reads and a client that writes much
 * before it receives do not wait for each other. Otherwise at most 1 MiB is read ahead.
 *
 * Promises are rejected with a {@link FrameClientError}, whose `code` names the cause, or with an AbortError if the signal was
 * aborted.
 */
export class FrameClient implements AsyncIterable<Buffer> {
  private readonly connection: Connection;
  private readonly parser: FrameParser;
  private readonly onWire: FrameClientOptions['onWire'];
  private readonly batches: FrameBatch[] = [];
  /** What is left of the batch that payloads are taken from one by one. */
  private current: { readonly rest: Iterator<Buffer>; left: number } | undefined;
  private readBytes = 0;
  private paused = false;
  private readonly receivers: Receiver[] = [];
  private senders: Sender[] = [];
  private state: 'open' | 'ended' | 'closed' = 'open';
  private fault: Error | undefined;

  private constructor({ host = '127.0.0.1', port, timeout = 5, maxPayload, signal, onWire }: FrameClientOptions) {
    const options: ConnectionOptions = { host, port, timeout, ...(signal && { signal }) };
    this.connection = new Connection(options, this.handlers());
    this.parser = new FrameParser(maxPayload ?? DEFAULT_MAX_PAYLOAD);
    this.onWire = onWire;
  }

  /**
   * Connects.
   * @throws {FrameClientError} `ERR_CONNECT_FAILED` (the system's error is its `cause`), `ERR_CONNECT_TIMEOUT`
   */
  static async connect(options: FrameClientOptions): Promise<FrameClient> {
    const client = new FrameClient(options);
    await client.connection.open();
    return client;
  }

  /** `host:port` of the server. */
  get peer(): string {
    return this.connection.peer;
  }

  /**
   * Sends a frame, or a batch of them. Frames of several calls leave in the order of the calls, also where they are not awaited.
   * @returns when the kernel has taken it; await it, and what waits in memory is bounded
   */
  send(frames: Payload | FrameBatch): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const { pieces } = frames instanceof FrameBatch ? frames : FrameBatch.of(frames);
    if (this.onWire) for (const piece of pieces) this.onWire('sent', piece);
    if (this.connection.write(pieces)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.senders.push({ resolve, reject });
      this.flow();
    });
  }

  /** The next payload; undefined where the server has ended its side after a whole frame. Calls are served in order. */
  receive(): Promise<Buffer | undefined> {
    return this.wait(() => this.takePayload());
  }

  /** All frames that came together, or what was not yet received of them: for who has much to receive. Else as `receive`. */
  receiveBatch(): Promise<FrameBatch | undefined> {
    return this.wait(() => this.takeBatch());
  }

  /**
   * Sends one frame and receives the next.
   * @throws {FrameClientError} also `ERR_REPLY_MISSING`, where the server ends its side instead
   */
  async request(payload: Payload): Promise<Buffer> {
    const sent = this.send(payload);
    // Where it fails the reply does not come either, for the same reason.
    sent.catch(() => undefined);
    const reply = await this.receive();
    if (reply === undefined) throw new FrameClientError('reply_missing', `${this.peer} closed without a reply`);
    return reply;
  }

  /** The payloads, until the server ends its side. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    for (let payload = await this.receive(); payload !== undefined; payload = await this.receive()) yield payload;
  }

  /** Ends this side: a FIN follows what was sent. What the server still sends can be received. */
  end(): void {
    this.connection.end();
  }

  /** Closes at once. Who still waits to receive gets undefined, as at the end of the stream. */
  close(): void {
    this.connection.close();
  }

  private handlers(): ConnectionHandlers {
    return {
      onData: (chunk) => {
        this.onWire?.('received', chunk);
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
        const unsent = this.senders;
        this.senders = [];
        const reason = this.fault ?? new FrameClientError('broken_pipe', `the connection to ${this.peer} was closed`);
        for (const { reject } of unsent) reject(reason);
      },
    };
  }

  private fail(fault: Error): void {
    this.fault ??= fault;
    this.connection.fail(this.fault);
  }

  private wait<T>(take: () => T | undefined): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      this.receivers.push({ take, resolve: resolve as Receiver['resolve'], reject });
      this.serve();
      this.flow();
    });
  }

  /** Gives those who wait what is there, in order; what came whole goes before the end, and before a fault. */
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

  /** Reads on, or not: whoever waits, and whatever is to be sent, needs the server to be read from. */
  private flow(): void {
    const pause = this.readBytes > READ_AHEAD && this.receivers.length === 0 && this.senders.length === 0;
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
