import type { Socket, SocketConstructorOpts } from 'node:net';
import { type SendProxy, connectSocket } from '../net/connect';
import { loadTls } from '../net/load-tls';
import type { TlsClientSettings } from '../net/tls-settings';
import { hostPort } from '../net/host-port';
import { connectFault } from './connect-fault';
import { FrameClientError } from './client-error';
import { followAbort } from './follow-abort';
import { SendQueue } from './send-queue';
import { connectionBroken } from './system-error';

export interface ClientSocketOptions {
  /** Name or address, IPv4 or IPv6. */
  readonly host: string;
  readonly port: number;
  /**
   * Limit in seconds for the connect, for silence while a reply is due, and for the time without progress in sending. 0
   * is off; at most 2147483.647, the longest that a timer can run.
   */
  readonly timeout: number;
  /** Sends a PROXY protocol header of this version first, with the connection's own two addresses; default off. */
  readonly sendProxy?: SendProxy;
  /** Seconds of silence before TCP keep-alive probes; 0 is off; default: the system's. */
  readonly keepAlive?: number;
  /** TLS, whose handshake has its own deadline; default none. */
  readonly tls?: TlsClientSettings;
  /** Aborting it closes the connection, or the attempt to connect, with an AbortError as the fault. */
  readonly signal?: AbortSignal;
  /** The address to connect from. Default: chosen by the system. */
  readonly localAddress?: string | undefined;
}

/** Called once the connection is established; `onClose` is the last call. */
export interface ClientSocketHandlers {
  /** The buffer is not reused: it may be kept. */
  onData(chunk: Buffer): void;
  /** The server has sent FIN: no more bytes come. Sending is still possible. */
  onEnd(): void;
  /** After a `write` that returned false: the kernel has taken all bytes. */
  onDrain(): void;
  /** Called once. `fault` is undefined if both sides ended in order. */
  onClose(fault: Error | undefined): void;
}

const abortError = (): DOMException => new DOMException('the connection was aborted', 'AbortError');

/**
 * A client's TCP connection: bytes both ways, with deadlines and typed errors. It knows nothing of frames.
 *
 * One timer serves all deadlines. It is armed when waiting begins and checks the clock when it fires, so that no
 * message needs a timer of its own.
 */
export class ClientSocket {
  /** When the last bytes came, as performance.now(), in ms; before that, when it was connected. */
  receivedAt = 0;
  /** How long the TLS handshake took, in ms. */
  handshakeMs: number | undefined;
  /** `host:port` */
  readonly peer: string;

  private socket: Socket | undefined;
  /** The TCP socket under a TLS stream, and its `bytesRead` at the last check. */
  private transport: Socket | undefined;
  private transported = 0;
  private outgoing: SendQueue | undefined;
  private abortConnect: (reason: Error) => void = () => undefined;
  private readonly timeoutMs: number;
  private fault: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private replyOwedSince: number | undefined;
  /** When bytes began to wait for the server to take them, or when it last took some. */
  private sentAt = 0;
  /** Whether `onDrain` is still to be called. */
  private drainOwed = false;
  /** Whether FIN is to follow the bytes that wait. */
  private endWanted = false;

  constructor(
    private readonly options: ClientSocketOptions,
    private readonly handlers: ClientSocketHandlers,
  ) {
    this.peer = hostPort(options.host, options.port);
    this.timeoutMs = options.timeout * 1000;
  }

  /**
   * Connects. TCP_NODELAY and keep-alive are on.
   * @throws {FrameClientError} `ERR_CONNECT_FAILED`, `ERR_CONNECT_TIMEOUT`, `ERR_LOCAL_EXHAUSTED`, `ERR_TLS_FAILED`,
   *   `ERR_TLS_TIMEOUT`
   * @throws {DOMException} an AbortError if the signal was aborted
   */
  open(): Promise<void> {
    const { host, port, sendProxy, keepAlive, tls, signal, localAddress } = this.options;
    const local = localAddress === undefined ? {} : { localAddress };
    return new Promise((resolve, reject) => {
      if (tls !== undefined) loadTls().clientContext(tls); // throws for a bad certificate before anything is sent
      const onAbort = (): void => this.fail(abortError());
      let unfollow: (() => void) | undefined;
      const cleanUp = (): void => unfollow?.();
      const socket = { allowHalfOpen: true, writableHighWaterMark: 1 } as SocketConstructorOpts;
      const ready = (made: Socket): void => {
        this.receivedAt = performance.now();
        this.adopt(made, cleanUp);
        resolve();
      };
      const failed = (error: Error): void => {
        cleanUp();
        reject(this.fault ?? connectFault(error));
      };
      const connected = (made: Socket): void => {
        if (keepAlive !== undefined) made.setKeepAlive(keepAlive > 0, keepAlive * 1000);
        if (tls === undefined) ready(made);
        else this.secure(made, tls, ready, failed);
      };
      this.abortConnect = connectSocket(
        { host, port, timeoutMs: this.timeoutMs, socket, local, ...(sendProxy && { sendProxy }) },
        { connected, failed },
      );
      if (signal?.aborted) onAbort();
      else unfollow = signal && followAbort(signal, onAbort);
    });
  }

  /** Bytes written that the kernel has not taken yet. */
  get pendingBytes(): number {
    return this.outgoing?.byteLength ?? 0;
  }

  /** Whether a reply is due. The server's silence is timed from then on. */
  set replyOwed(owed: boolean) {
    if (!owed) this.replyOwedSince = undefined;
    else if (this.replyOwedSince === undefined) {
      this.replyOwedSince = performance.now();
      this.armTimer();
    }
  }

  /**
   * Sends bytes, which must not be changed until the kernel has taken them.
   * @returns false if some of them wait: `onDrain` follows when none do
   */
  write(pieces: readonly Buffer[]): boolean {
    const waited = this.drainOwed;
    this.outgoing?.add(pieces);
    if (this.pendingBytes === 0) return !waited;
    if (!waited) {
      this.drainOwed = true;
      this.sentAt = performance.now();
      this.armTimer();
    }
    return false;
  }

  /** Ends this side: FIN follows the bytes written. */
  end(): void {
    this.endWanted = true;
    if (!this.drainOwed) this.socket?.end();
  }

  /** Closes at once, both ways. */
  close(): void {
    this.abortConnect(abortError());
    this.socket?.destroy();
  }

  /** Closes at once, with a fault for `onClose`. */
  fail(fault: Error): void {
    this.fault ??= fault;
    this.abortConnect(fault);
    this.socket?.destroy();
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  private secure(
    transport: Socket,
    tls: TlsClientSettings,
    secured: (made: Socket) => void,
    failed: (error: Error) => void,
  ): void {
    const { host, port } = this.options;
    const started = performance.now();
    this.abortConnect = loadTls().secureSocket(
      transport,
      { host, port, tls },
      {
        secured: (stream) => {
          this.handshakeMs = performance.now() - started;
          this.transport = transport;
          secured(stream);
        },
        failed,
      },
    );
  }

  private adopt(socket: Socket, cleanUp: () => void): void {
    const { handlers } = this;
    const outgoing = new SendQueue(socket);
    this.socket = socket;
    this.outgoing = outgoing;
    socket.on('data', (chunk: Buffer) => {
      this.receivedAt = performance.now();
      handlers.onData(chunk);
    });
    socket.on('end', () => {
      if (this.fault !== undefined) return; // a TLS alert ends the stream, too
      this.receivedAt = performance.now();
      handlers.onEnd();
    });
    outgoing.onProgress = () => {
      this.sentAt = performance.now();
      if (outgoing.byteLength > 0 || !this.drainOwed) return;
      this.drainOwed = false;
      if (this.endWanted) socket.end();
      handlers.onDrain();
    };
    socket.on('error', (error) => {
      this.fault ??= connectionBroken(error, this.peer);
      socket.destroy(); // a TLS stream stays open after an alert
    });
    socket.on('close', () => {
      clearTimeout(this.timer);
      cleanUp();
      handlers.onClose(this.fault);
    });
  }

  private armTimer(): void {
    if (this.timeoutMs > 0) this.timer ??= setTimeout(this.checkDeadline, this.timeoutMs);
  }

  /** Since when the server owes a reply, or has to take bytes, and has done nothing; undefined if it owes nothing. */
  private silentSince(): number | undefined {
    if (this.drainOwed) return Math.max(this.sentAt, this.receivedAt);
    if (this.replyOwedSince === undefined) return undefined;
    return Math.max(this.replyOwedSince, this.sentAt, this.receivedAt);
  }

  private readonly checkDeadline = (): void => {
    this.timer = undefined;
    const left = this.timeLeft();
    if (left === undefined || this.socket?.destroyed) return;
    if (left > 0) this.timer = setTimeout(this.checkDeadline, Math.ceil(left));
    // Bytes that came while this process was busy are read before the server is called silent.
    else setImmediate(this.failIfOverdue);
  };

  private readonly failIfOverdue = (): void => {
    const left = this.timeLeft();
    if (left === undefined || this.socket?.destroyed) return;
    if (left > 0) this.armTimer();
    else this.fail(this.drainOwed ? this.sendTimeout() : this.recvTimeout());
  };

  private timeLeft(): number | undefined {
    this.noteRecords();
    const since = this.silentSince();
    return since === undefined ? undefined : since + this.timeoutMs - performance.now();
  }

  /** A TLS record yields no byte until it is whole: a server that sends one slowly is not silent. */
  private noteRecords(): void {
    if (this.transport === undefined || this.transport.bytesRead === this.transported) return;
    this.transported = this.transport.bytesRead;
    this.receivedAt = performance.now();
  }

  private recvTimeout(): FrameClientError {
    const message = `${this.peer} sent nothing for ${this.options.timeout} s while a reply was due`;
    return new FrameClientError('recv_timeout', message);
  }

  private sendTimeout(): FrameClientError {
    const message = `${this.peer} took nothing for ${this.options.timeout} s with ${this.pendingBytes} bytes left to send`;
    return new FrameClientError('send_timeout', message);
  }
}
