import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { frameHeader } from '../../lib/framing/header';
import { writeQueueSize } from '../../lib/server/socket-handle';
import { tcpRowOf } from './tcp-row';
import { until, untilStill } from './until';

/** The payloads on the wire: framed, one after another. */
export function frames(...payloads: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    payloads.flatMap((payload) => {
      const bytes = Buffer.from(payload);
      return [frameHeader(bytes.length), bytes];
    }),
  );
}

/** `count` frames of `size` bytes, each with content of its own. */
export function manyFrames(count: number, size: number): Buffer {
  return frames(
    ...Array.from({ length: count }, (_, i) => {
      const payload = Buffer.alloc(size, i % 251);
      if (size >= 4) payload.writeUInt32BE(i);
      return payload;
    }),
  );
}

/** A client at the level of bytes: what it is told to send, and exactly what came. */
export class Peer {
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private waiters: (() => void)[] = [];
  /** How the server ended its direction, once it did. */
  ended: 'fin' | 'reset' | undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
      this.wake();
    });
    socket.once('end', () => this.end('fin'));
    socket.on('error', () => this.end('reset'));
    socket.once('close', () => this.end('reset'));
  }

  /** Connects; reads at once, unless `paused`. */
  static async connect(port: number, { paused = false, host = '127.0.0.1' } = {}): Promise<Peer> {
    const socket = connect({ port, host, allowHalfOpen: true });
    await once(socket, 'connect');
    const peer = new Peer(socket);
    if (paused) socket.pause();
    return peer;
  }

  /** On a stream that is connected, of whatever kind. */
  static of(socket: Socket): Peer {
    return new Peer(socket);
  }

  /** What came so far. */
  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Hands bytes over; resolves when the kernel has them. */
  async send(bytes: Buffer | string): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Resolves when the server's kernel has all that was sent, on this machine. */
  async delivered(): Promise<void> {
    await until(() => tcpRowOf(this.socket)?.send === 0);
  }

  /** Resolves when the server takes no more of what was sent, as all buffers on the way are full. */
  async stuck(): Promise<void> {
    await untilStill(() => writeQueueSize(this.socket));
  }

  /** FIN: ends this direction only. */
  halfClose(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  /** Waits for `length` bytes in all; fails when the server ends before. */
  async read(length: number): Promise<Buffer> {
    while (this.length < length) {
      if (this.ended) throw new Error(`${this.ended} after ${this.length} of ${length} bytes`);
      await this.change();
    }
    return this.received.subarray(0, length);
  }

  /** Takes `length` bytes in all at a steady rate; the socket is paused before and after. */
  async readSteadily(length: number, bytesPerSecond: number): Promise<void> {
    const started = performance.now();
    for (let read = 0; read < length;) {
      const due = Math.min(length, ((performance.now() - started) / 1000) * bytesPerSecond);
      if (due > read) {
        this.socket.resume();
        await this.read(read + 1);
        this.socket.pause();
        read = this.received.length;
      }
      await delay(10); // the pace of a slow reader, not an event
    }
  }

  /** Waits for the server to end its direction, and returns all that came before. */
  async readToEnd(): Promise<Buffer> {
    while (!this.ended) await this.change();
    return this.received;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private end(how: 'fin' | 'reset'): void {
    this.ended ??= how;
    this.wake();
  }

  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    waiters.forEach((resolve) => resolve());
  }
}
