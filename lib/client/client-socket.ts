import type { Socket, SocketConstructorOpts } from 'node:net';
import { type SendProxy, connectSocket } from '../net/connect';
import { loadTls } from '../net/tls';
import type { TlsClientSettings } from '../net/tls-options';
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
   * Seconds: for the connect; without a byte while a reply is owed; without progress while bytes wait to be sent. 0 is off; at most
   * what a timer keeps, 2147483.647.
   */
  readonly timeout: number;
  /** A PROXY protocol header that names the connection's own two ends is sent first; default off. */
  readonly sendProxy?: SendProxy;
  /** TLS, after the connect and with a deadline of its own; none where it is left out. */
  readonly tls?: TlsClientSettings;
  /** Aborted, it closes the connection, or the attempt at one, with an AbortError as the fault. */
  readonly signal?: AbortSignal;
}

/** Who uses a connection. None of these is called before it stands, none after `onClose`. */
export interface ClientSocketHandlers {
  /** Bytes as they came. They are kept by whoever wants them: they are not reused. */
  onData(chunk: Buffer): void;
  /** The server's FIN: no more bytes come. It can still be sent to. */
  onEnd(): void;
  /** All that was written is out, after a `write` that answered false. */
  onDrain(): void;
  /** Once, last. `fault` is why, where it did not end in good order. */
  onClose(fault: Error | undefined): void;
}

/**
 * A client's TCP connection: bytes both ways, with deadlines and typed errors. It knows nothing of frames.
 *
 * States: made; connecting (`open`); standing; each side ended by its FIN on its own; closed.
 *
 * One timer serves all deadlines. It is armed where waiting begins and looks at the clock when it fires, so that a message costs
 * no timer.
 */
export class ClientSocket {
  /** When the last bytes came, in ms as performance.now() counts; at first, when the connection stood. */
  receivedAt = 0;
  /** How long the TLS handshake took, in ms. */
  handshakeMs: number | undefined;
  /** `host:port`, as errors name it. */
  readonly peer: string;

  private socket: Socket | undefined;
  /** The TCP socket under a TLS stream, and how much had come through it when that was last looked at. */
  private transport: Socket | undefined;
  private transported = 0;
  private outgoing: SendQueue | undefined;
  /** Gives up the attempt to connect. */
  private giveUp: (reason: Error) => void = () => undefined;
  private readonly timeoutMs: number;
  private fault: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private replyOwedSince: number | undefined;
  /** When bytes last began to wait for the server to take them, or when it last took some of them. */
  private sentAt = 0;
  private drainOwed = false;
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
   * @throws {FrameClientError} `ERR_CONNECT_FAILED`, `ERR_CONNECT_TIMEOUT`, `ERR_TLS_FAILED`, `ERR_TLS_TIMEOUT`; an AbortError where the signal was aborted
   */
  open(): Promise<void> {
    const { host, port, sendProxy, tls, signal } = this.options;
    return new Promise((resolve, reject) => {
      if (tls !== undefined) loadTls().clientContext(tls); // what cannot be used is told before anybody is bothered
      const onAbort = (): void => this.fail(new DOMException('the connection was given up', 'AbortError'));
      let unfollow: (() => void) | undefined;
      const cleanUp = (): void => unfollow?.();
      const socket = { allowHalfOpen: true, writableHighWaterMark: 1 } as SocketConstructorOpts;
      const stands = (made: Socket): void => {
        this.receivedAt = performance.now();
        this.adopt(made, cleanUp);
        resolve();
      };
      const failed = (error: Error): void => {
        cleanUp();
        reject(this.fault ?? connectFault(error));
      };
      const connected = tls === undefined ? stands : (made: Socket) => this.secure(made, tls, stands, failed);
      this.giveUp = connectSocket(
        { host, port, timeoutMs: this.timeoutMs, socket, ...(sendProxy && { sendProxy }) },
        { connected, failed },
      );
      if (signal?.aborted) onAbort();
      else unfollow = signal && followAbort(signal, onAbort);
    });
  }

  /** Bytes that were written and wait for the server to take them. */
  get pendingBytes(): number {
    return this.outgoing?.byteLength ?? 0;
  }

  /** Whether a reply is owed: from then on the server's silence is timed. */
  set replyOwed(owed: boolean) {
    if (!owed) this.replyOwedSince = undefined;
    else if (this.replyOwedSince === undefined) {
      this.replyOwedSince = performance.now();
      this.armTimer();
    }
  }

  /**
   * Sends bytes, which must not be changed until they are out.
   * @returns false where they wait: `onDrain` follows once all are out
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

  /** Ends this side: a FIN follows what was written. */
  end(): void {
    this.endWanted = true;
    if (!this.drainOwed) this.socket?.end();
  }

  /** Closes at once, both ways. */
  close(): void {
    this.giveUp(new DOMException('the connection was given up', 'AbortError'));
    this.socket?.destroy();
  }

  /** Closes at once, for a reason. */
  fail(fault: Error): void {
    this.fault ??= fault;
    this.giveUp(fault);
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
    this.giveUp = loadTls().secureSocket(
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
      if (this.fault !== undefined) return; // after an alert of TLS the stream ends, too
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

  /** Since when the server has kept silent although it should not; undefined where nothing is waited for. */
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
    // What came while this process was busy has not been read yet: it is, before the server is blamed.
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

  /** A TLS record shows no byte before it is whole: a server that sends one slowly is not silent. */
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
    const message = `${this.peer} took nothing for ${this.options.timeout} s, ${this.pendingBytes} bytes were still to be sent`;
    return new FrameClientError('send_timeout', message);
  }
}
