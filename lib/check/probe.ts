import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode } from '../errors/error-code';
import { connectSocket } from '../net/connect';
import { loadTls } from '../net/tls';
import type { Target } from './target';

/** Where a probe connects to, and how. */
type Destination = Pick<Target, 'host' | 'port' | 'sendProxy' | 'tls'>;

/** How the server's direction of the stream stands: still open, ended with a FIN, or torn down with an RST. */
export type Ending = 'open' | 'fin' | 'reset';

/** How much of what was sent is kept for the report: enough to show any first difference that a person would read. */
const SENT_KEPT = 1 << 20;
/** What one write hands over, so that progress shows. */
const WRITE_SIZE = 1 << 16;

/** What a socket has read. */
class Inbox {
  readonly chunks: Buffer[] = [];
  onChunk: () => void = () => undefined;
  readonly onread = {
    buffer: Buffer.allocUnsafe(WRITE_SIZE),
    callback: (length: number, buffer: Uint8Array): boolean => {
      this.add(Buffer.from(buffer.subarray(0, length)));
      return false;
    },
  };

  /**
   * One chunk, then read no more until someone takes again; and not before libuv is done with this one: it takes a reset that came with
   * the data for the end of the stream where reading has been started again meanwhile.
   */
  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    setImmediate(() => this.onChunk());
  }
}

/**
 * One connection, seen as bytes: records what was sent, takes what comes only when asked to, tells FIN from RST, and
 * waits for nothing without a deadline. While nobody takes, nothing is read, so that the server meets a client that
 * does not read.
 */
export class Probe {
  private readonly chunks: Buffer[];
  private readonly sentChunks: Buffer[] = [];
  private sentKept = 0;
  private state: Ending = 'open';
  private wake: () => void = () => undefined;
  private closed = false;

  private constructor(
    private readonly socket: Socket,
    /** The TCP socket: under a TLS stream it is another. */
    private readonly transport: Socket,
    inbox: Inbox,
    /** Seconds without a byte after which a wait gives up. */
    readonly patience: number,
  ) {
    this.chunks = inbox.chunks;
    inbox.onChunk = () => this.wake();
    socket.pause(); // before it is read from: else the stream reads ahead
    // A TLS stream knows no onread: what comes is taken as data, a chunk at a time.
    if (socket !== transport) {
      socket.on('data', (chunk: Buffer) => {
        socket.pause();
        inbox.add(chunk);
      });
    }
    socket.on('end', () => this.settle('fin'));
    socket.on('error', () => this.settle('reset'));
    socket.on('close', () => this.settle('reset'));
  }

  /**
   * Connects, and makes TLS of it where `tls` is given. Rejects with a ConnectError: the system's code, or ETIMEDOUT after `patience`
   * seconds; or with a TlsConnectError.
   */
  static open({ host, port, sendProxy = 'off', tls }: Destination, patience: number): Promise<Probe> {
    const inbox = new Inbox();
    const socket = { allowHalfOpen: true, ...(tls === undefined && { onread: inbox.onread }) };
    return new Promise((resolve, reject) => {
      const made = (stream: Socket, transport: Socket): void => {
        const probe = new Probe(stream, transport, inbox, patience);
        setImmediate(() => resolve(probe)); // the last message of a TLS handshake goes out when its event has returned
      };
      const connected = (transport: Socket): void => {
        if (tls === undefined) made(transport, transport);
        else
          loadTls().secureSocket(
            transport,
            { host, port, tls },
            { secured: (s) => made(s, transport), failed: reject },
          );
      };
      connectSocket({ host, port, timeoutMs: patience * 1000, socket, sendProxy }, { connected, failed: reject });
    });
  }

  get ending(): Ending {
    return this.state;
  }

  /** What was sent since the last {@link answered}, up to its first MiB. */
  get sent(): Buffer {
    return Buffer.concat(this.sentChunks);
  }

  /** What was sent so far had its right answer: the report of what goes wrong later starts here. */
  answered(): void {
    this.sentChunks.length = 0;
    this.sentKept = 0;
  }

  /** Sends without waiting. */
  send(bytes: Buffer): void {
    this.record(bytes);
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Sends each piece by itself, `pauseMs` apart, so that the server reads them apart. */
  async sendApart(pieces: readonly Buffer[], pauseMs: number): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await wait(pauseMs);
      this.send(piece);
    }
  }

  /**
   * Sends all and resolves when the kernel has taken it (`taken`), when it took nothing for `seconds` (`stalled`), or
   * when the connection broke (`broken`). What was not taken stays queued: it goes out when the server reads.
   */
  async push(bytes: Buffer, seconds: number): Promise<'taken' | 'stalled' | 'broken'> {
    for (let at = 0; at < bytes.length; at += WRITE_SIZE) {
      const piece = bytes.subarray(at, at + WRITE_SIZE);
      this.record(piece);
      const outcome = await this.pushPiece(piece, seconds);
      if (outcome === 'stalled') this.send(bytes.subarray(at + WRITE_SIZE));
      if (outcome !== 'taken') return outcome;
    }
    return 'taken';
  }

  /**
   * Takes what has come, waiting for the first byte: at most `max` bytes, or undefined once the server ended its
   * direction or nothing came for `seconds` ({@link ending} tells which).
   */
  async take(max: number, seconds = this.patience): Promise<Buffer | undefined> {
    const [first] = this.chunks.length > 0 ? this.chunks : await this.next(seconds);
    if (first === undefined) return undefined;
    this.chunks[0] = first.subarray(max);
    if (this.chunks[0].length === 0) this.chunks.shift();
    return first.subarray(0, max);
  }

  /** Resolves once a write meets a broken connection, without reading; false when `seconds` pass before. */
  async broken(seconds: number): Promise<boolean> {
    return this.wakes(seconds, () => this.state === 'reset');
  }

  /** Ends our direction: FIN, after all that was sent. */
  finish(): void {
    this.socket.end();
  }

  /** Tears the connection down with an RST, and no FIN before it: alone, resetAndDestroy ends the stream first. */
  reset(): void {
    this.closed = true;
    this.transport.resetAndDestroy();
    this.socket.destroy();
  }

  /** Leaves as a client that ends does: FIN, and nothing more is read. */
  close(): void {
    this.closed = true;
    this.socket.destroy();
    this.wake();
  }

  private record(bytes: Buffer): void {
    const kept = bytes.subarray(0, SENT_KEPT - this.sentKept);
    this.sentKept += kept.length;
    if (kept.length > 0) this.sentChunks.push(kept);
  }

  private async pushPiece(piece: Buffer, seconds: number): Promise<'taken' | 'stalled' | 'broken'> {
    if (!this.socket.writable) return 'broken';
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('stalled'), seconds * 1000);
      this.socket.write(piece, (error) => {
        clearTimeout(timer);
        resolve(error ? 'broken' : 'taken');
      });
    });
  }

  /** Reads until a chunk comes; an empty list when none will, or none came in time. */
  private async next(seconds: number): Promise<readonly Buffer[]> {
    if (this.state === 'open' && !this.closed) {
      this.socket.resume();
      await this.wakes(seconds, () => this.chunks.length > 0 || this.state !== 'open');
      this.socket.pause();
    }
    return this.chunks;
  }

  private async wakes(seconds: number, ready: () => boolean): Promise<boolean> {
    if (ready() || this.closed) return ready();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        if (!ready() && !this.closed) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
    return ready();
  }

  private settle(ending: 'fin' | 'reset'): void {
    if (this.state === 'open' && !this.closed) this.state = ending;
    this.wake();
  }
}

/** Whether an error is that of a connection refused, reset or never made, rather than a fault of the checker. */
export function isConnectionError(error: unknown): error is NodeJS.ErrnoException {
  return /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(errorCode(error) ?? '');
}
