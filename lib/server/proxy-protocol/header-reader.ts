import type { Socket } from 'node:net';
import { type CancelDeadline, setDeadline } from '../../deadline';
import { parseProxyHeader, type ProxyHeader } from '../../net/proxy-protocol';
import { GuardTimeoutError, ProxyHeaderError, StopDeadlineError } from '../connection-errors';
import type { Activity } from '../guard/idle-clock';
import { IdleGuard } from '../guard/idle-guard';

/** The result; one of them is called, once. */
export interface HeaderHandlers {
  /** Bytes after the header's `length` are back in the socket. */
  received(header: ProxyHeader, length: number): void;
  /** The peer ended the connection before it sent anything: a health check, or a port scan. */
  left(): void;
  failed(error: Error): void;
}

/**
 * Reads the PROXY protocol header from a paused socket, and leaves everything after it unread. The whole header must
 * arrive within one idle limit, even if a peer sends a byte now and then.
 */
export class HeaderReader {
  private readonly chunks: Buffer[] = [];
  private have = 0;
  /** Bytes to wait for before parsing. */
  private need = 1;
  private isOver = false;
  private readonly guard: IdleGuard;
  private cancelHurry: CancelDeadline | undefined;
  private readonly activity: Activity;

  /** @param timeout seconds for the whole header; 0 is no limit */
  constructor(
    private readonly socket: Socket,
    private readonly timeout: number,
    private readonly handlers: HeaderHandlers,
  ) {
    this.activity = {
      receivedAt: performance.now(),
      frameStartedAt: undefined,
      sending: undefined,
      isWorking: false,
    };
    this.guard = new IdleGuard({ idle: timeout * 1000, frame: 0 }, () => this.activity, this.expire);
    socket.on('readable', this.read);
    socket.on('end', this.onEnd);
    socket.on('error', this.fail);
  }

  /** Stops; no handler is called any more. */
  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.guard.stop();
    this.cancelHurry?.();
    this.socket.off('readable', this.read).off('end', this.onEnd).off('error', this.fail);
  }

  /** The server stops: sets a deadline of `ms` from now. */
  hurry(ms: number): void {
    if (!this.isOver) this.cancelHurry ??= setDeadline(ms, () => this.fail(new StopDeadlineError(ms / 1000)));
  }

  private readonly read = (): void => {
    for (let chunk = this.take(); chunk !== null; chunk = this.take()) {
      this.chunks.push(chunk);
      this.have += chunk.length;
      if (this.have >= this.need) this.parse();
    }
  };

  private take(): Buffer | null {
    return this.isOver ? null : (this.socket.read() as Buffer | null);
  }

  private parse(): void {
    const bytes = Buffer.concat(this.chunks);
    const parsed = parseProxyHeader(bytes);
    switch (parsed.state) {
      case 'incomplete':
        this.need = parsed.need;
        break;
      case 'invalid':
        this.refuse('ERR_PROXY_HEADER_INVALID', parsed.reason);
        break;
      case 'complete': {
        const { header, length } = parsed;
        this.cancel();
        if (length < bytes.length) this.socket.unshift(bytes.subarray(length));
        this.handlers.received(header, length);
      }
    }
  }

  private readonly onEnd = (): void => {
    if (this.have > 0) {
      this.refuse('ERR_PROXY_HEADER_TRUNCATED', `the stream ended after ${this.have} bytes of the header`);
    } else {
      this.cancel();
      this.handlers.left();
    }
  };

  private readonly expire = (): void => {
    if (this.have === 0) this.fail(new GuardTimeoutError('recv_timeout', this.timeout));
    else this.refuse('ERR_PROXY_HEADER_TIMEOUT', `only ${this.have} bytes of the header came`, this.timeout);
  };

  private refuse(code: ProxyHeaderError['code'], reason: string, seconds?: number): void {
    this.fail(new ProxyHeaderError(code, reason, Buffer.concat(this.chunks), seconds));
  }

  private readonly fail = (error: Error): void => {
    this.cancel();
    this.handlers.failed(error);
  };
}
