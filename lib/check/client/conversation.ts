import type { Socket } from 'node:net';
import type { Clock } from '../clock';
import { HEADER_LENGTH } from '../wire';

/** Bytes of frames not taken yet at which reading from the client pauses. */
const READ_AHEAD = 1 << 24;
/** Bytes from the start of the stream that are kept for the report. */
const KEPT = 1 << 10;
/** Bytes that may wait to be sent; more is not given to the socket. */
const SEND_AHEAD = 1 << 20;
/** Seconds between two pieces that the client should read one by one. */
const APART = 0.02;
/** Replies that are sent one by one, so that they come merged only where a case is about that. The rest is sent as fast as it can be. */
const SPACED = 8;

/** One connection of a client, as the check sees it: the frames that come, and the means to answer them rightly or wrongly. */
export class Conversation {
  /** Whole frames that came. */
  count = 0;
  /** The length in the header that announced more than the limit, if one did. */
  oversize: number | undefined;
  /** The first bytes that came. */
  start = Buffer.alloc(0);
  /** Resolves when all that the client sends is here: it has ended its side, or the connection is closed. */
  readonly received: Promise<void>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  private partial = Buffer.alloc(0);
  private readonly frames: Buffer[] = [];
  private waiting = 0;
  private spoke = false;
  private replies = 0;
  private over = false;
  private wake: () => void = () => undefined;

  /**
   * @param socket allows half-open connections
   * @param maxPayload bytes: the largest payload that the client may send
   */
  constructor(
    private readonly socket: Socket,
    private readonly maxPayload: number,
    private readonly clock: Clock,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()));
    const ended = new Promise<void>((resolve) => void socket.once('end', resolve));
    this.received = Promise.race([ended, this.closed]);
    void this.received.then(() => this.finish());
  }

  /** Bytes of a frame that is not whole yet, header included. */
  get unfinished(): Buffer {
    return this.partial;
  }

  /** Whether the client, or the check, has closed the connection. */
  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /**
   * The next frame, header included.
   * @param seconds how long to wait for it; default: until the client ends its side
   * @returns undefined if there is none, or the client sent what is no frame
   */
  async next(seconds?: number): Promise<Buffer | undefined> {
    if (this.frames.length === 0 && !this.over) await this.news(seconds);
    const frame = this.frames.shift();
    this.waiting -= frame?.length ?? 0;
    if (frame && this.waiting < READ_AHEAD) this.socket.resume();
    return frame;
  }

  /** Sends a reply in a segment of its own. */
  async reply(frame: Buffer): Promise<void> {
    if (this.spoke && this.replies < SPACED) await this.pause();
    this.replies += 1;
    this.send(frame);
  }

  send(...pieces: readonly Buffer[]): void {
    this.spoke = true;
    if (this.socket.writable) this.socket.write(Buffer.concat(pieces));
  }

  /** Sends pieces one by one, `seconds` apart. */
  async sendApart(pieces: readonly Buffer[], seconds = APART): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await this.pause(seconds);
      this.send(piece);
    }
  }

  /** Sends `bytes` again and again until the connection is closed, as fast as the client takes them, up to 6 MB/s. */
  async sendForever(bytes: Buffer): Promise<void> {
    while (!this.isClosed) {
      if (this.socket.writableLength < SEND_AHEAD) this.send(bytes);
      await this.pause(bytes.length / 6e6);
    }
  }

  async pause(seconds = APART): Promise<void> {
    await this.clock.sleep(seconds);
  }

  /** Echoes what still comes, and ends the stream after the client has. */
  async echoRest(): Promise<void> {
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) await this.reply(frame);
    this.end();
  }

  /** Sends a FIN. */
  end(): void {
    this.socket.end();
  }

  /** Sends an RST, after the client had time to read what was sent before. */
  async reset(): Promise<void> {
    await this.pause();
    this.socket.resetAndDestroy();
  }

  /** Closes at once. */
  destroy(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    if (this.start.length < KEPT) this.start = Buffer.concat([this.start, chunk.subarray(0, KEPT - this.start.length)]);
    if (this.oversize !== undefined) return;
    this.partial = Buffer.concat([this.partial, chunk]);
    while (this.partial.length >= HEADER_LENGTH) {
      const length = this.partial.readUInt32BE(0);
      if (length > this.maxPayload) {
        this.refuse(length);
        return;
      }
      const frame = this.partial.subarray(0, HEADER_LENGTH + length);
      if (frame.length < HEADER_LENGTH + length) break;
      this.partial = this.partial.subarray(frame.length);
      this.frames.push(frame);
      this.count += 1;
      this.waiting += frame.length;
    }
    if (this.waiting >= READ_AHEAD) this.socket.pause();
    this.wake();
  }

  /** Answers an oversize header as a server does: with a FIN. */
  private refuse(length: number): void {
    this.oversize = length;
    this.end();
    this.finish();
  }

  private finish(): void {
    this.over = true;
    this.wake();
  }

  /** Waits until something comes, the stream ends, or the time is over. */
  private async news(seconds: number | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = seconds === undefined ? undefined : this.clock.timeout(seconds, resolve);
      this.wake = () => {
        if (this.frames.length === 0 && !this.over) return;
        cancel?.();
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}
