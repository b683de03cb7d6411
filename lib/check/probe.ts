import type { Socket } from 'node:net';
import { errorCode } from '../errors/error-code';
import { type Clock, systemClock } from './clock';
import { connectSocket } from '../net/connect';
import { loadTls } from '../net/load-tls';
import type { Target } from './target';

/** Where a probe connects to, and how. */
type Destination = Pick<Target, 'host' | 'port' | 'sendProxy' | 'tls'>;

/** The state of the server's direction of the stream: open, ended with a FIN, or reset with an RST. */
export type Ending = 'open' | 'fin' | 'reset';

/** Bytes of what was sent that are kept for the report. */
const SENT_KEPT = 1 << 20;
/** Bytes in one write: small, so that progress is seen. */
const WRITE_SIZE = 1 << 16;

/** Chunks that a socket has read. */
class Inbox {
  readonly chunks: Buffer[] = [];
  onChunk: () => void = () => undefined;
  readonly onread = {
    buffer: Buffer.allocUnsafe(WRITE_SIZE),
    callback: (length: number, buffer: Uint8Array): boolean => {
      this.add(Buffer.from(buffer.subarray(0, length)));
      // Reading stops after each chunk. It must not start again before libuv is done with this one, or libuv reports a reset that
      // came with the data as the end of the stream.
      setImmediate(() => this.onChunk());
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
 * A client's connection, as bytes. It records what it sent, tells a FIN from an RST, and waits for nothing without a timeout. It reads
 * only in {@link take}: between two calls the server faces a client that does not read.
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
    /** Seconds without a byte after which a wait ends. */
    readonly patience: number,
    private readonly clock: Clock,
  ) {
    this.chunks = inbox.chunks;
    inbox.onChunk = () => this.wake();
    socket.pause(); // or the stream reads ahead
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
   * Connects, with TLS if `tls` is given.
   * @throws {ConnectError} with the system's code, or ETIMEDOUT after `patience` seconds
   * @throws {TlsConnectError} if the handshake fails
   */
  static open(
    { host, port, sendProxy = 'off', tls }: Destination,
    patience: number,
    clock = systemClock,
  ): Promise<Probe> {
    const inbox = new Inbox();
    const socket = { allowHalfOpen: true, ...(tls === undefined && { onread: inbox.onread }) };
    return new Promise((resolve, reject) => {
      const made = (stream: Socket, transport: Socket): void => {
        const probe = new Probe(stream, transport, inbox, patience, clock);
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

  /** What was sent since the last call of {@link answered}, at most 1 MiB. */
  get sent(): Buffer {
    return Buffer.concat(this.sentChunks);
  }

  /** What was sent so far was answered right: forgets it, so that a later report starts here. */
  answered(): void {
    this.sentChunks.length = 0;
    this.sentKept = 0;
  }

  /** Sends without waiting. */
  send(bytes: Buffer): void {
    this.record(bytes);
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Sends pieces `pauseMs` apart, so that the server reads them one by one. */
  async sendApart(pieces: readonly Buffer[], pauseMs: number): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await this.clock.sleep(pauseMs / 1000);
      this.send(piece);
    }
  }

  /**
   * Sends bytes and waits for the kernel to take them: `taken`; `stalled` if it took none for `seconds`; `broken` if the connection
   * broke. What was not taken is sent later, when the server reads.
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
   * Takes up to `max` received bytes, and waits for the first.
   * @returns undefined when the stream has ended or nothing came for `seconds`: {@link ending} says which
   */
  async take(max: number, seconds = this.patience): Promise<Buffer | undefined> {
    const [first] = this.chunks.length > 0 ? this.chunks : await this.next(seconds);
    if (first === undefined) return undefined;
    this.chunks[0] = first.subarray(max);
    if (this.chunks[0].length === 0) this.chunks.shift();
    return first.subarray(0, max);
  }

  /** Waits, without reading, until a write fails because the connection is broken. @returns false after `seconds` */
  async broken(seconds: number): Promise<boolean> {
    return this.waitFor(() => this.state === 'reset', seconds);
  }

  /** Ends this direction: a FIN follows what was sent. */
  finish(): void {
    this.socket.end();
  }

  /** Resets the connection with an RST. Without the second call Node would send a FIN first. */
  reset(): void {
    this.closed = true;
    this.transport.resetAndDestroy();
    this.socket.destroy();
  }

  /** Closes the connection with a FIN, and reads no more. */
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
      const cancel = this.clock.timeout(seconds, () => resolve('stalled'));
      this.socket.write(piece, (error) => {
        cancel();
        resolve(error ? 'broken' : 'taken');
      });
    });
  }

  /** Reads one chunk. @returns the chunks that are there: none where the stream has ended, or nothing came in time */
  private async next(seconds: number): Promise<readonly Buffer[]> {
    if (this.state === 'open' && !this.closed) {
      this.socket.resume();
      await this.waitFor(() => this.chunks.length > 0 || this.state !== 'open', seconds);
      this.socket.pause();
    }
    return this.chunks;
  }

  private async waitFor(ready: () => boolean, seconds: number): Promise<boolean> {
    if (ready() || this.closed) return ready();
    await new Promise<void>((resolve) => {
      const cancel = this.clock.timeout(seconds, resolve);
      this.wake = () => {
        if (!ready() && !this.closed) return;
        cancel();
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

/** Whether an error is about the connection (refused, reset, timed out), and not an internal error. */
export function isConnectionError(error: unknown): error is NodeJS.ErrnoException {
  return /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/.test(errorCode(error) ?? '');
}
