import { type EventEmitter, errorMonitor } from 'node:events';
import type { Socket } from 'node:net';
import { type FaultEvent, type FaultRow, errnoOf, errorCode, faultEvent, faults } from '../errors';
import type { FrameError } from '../framing';
import type { Client } from './admission';
import { EchoPipeline, ignore } from './echo-pipeline';
import type { FrameObserver } from './echo-transform';
import type { Activity, IdleEvent } from './idle-clock';
import { IdleGuard } from './idle-guard';
import { recentKernelQueues } from './kernel-queues';
import type { ServerLog, ServerOptions } from './options';
import type { RosterMember } from './roster';
import { descriptorOf, writeQueueSize } from './socket-handle';

/** A lingering read ends when nothing has come for this long, and at the latest after {@link LINGER_MAX_MS}. */
const LINGER_IDLE_MS = 2_000;
const LINGER_MAX_MS = 30_000;

/** A stop takes in what a client goes on sending for this long at most, and looks this often whether it does. */
const DRAIN_GRACE_MS = 1_000;
const DRAIN_LOOK_MS = 10;

/**
 * A client that was silent for this long gives its streams back, in ms. To make them anew costs some 60 us: for ten thousand
 * clients that speak just after they came to rest, a tenth of a core.
 */
const REST_AFTER_MS = 5_000;

/** How old the kernel's numbers may be that a guard judges by, as a part of its idle limit, and at most, in ms. */
const QUEUE_AGE_PART = 1 / 10;
const QUEUE_AGE_MAX_MS = 500;

/**
 * - `arriving`: not admitted yet
 * - `waiting`: accepted and unread, until a place is free
 * - `serving`: what comes is echoed
 * - `finishing`: no more is taken in; what came whole is echoed, then FIN
 * - `lingering`: FIN is out; what still arrives is read and discarded, as unread bytes at a close make a reset, which
 *   would take the echoes back
 * - `closed`
 */
type State = 'arriving' | 'waiting' | 'serving' | 'finishing' | 'lingering' | 'closed';

/** One accepted socket, from `client_connect` to its one `client_close`. */
export class Connection implements Client, RosterMember {
  place: Client['place'];
  slot = -1;
  private state: State = 'arriving';
  private fault: FaultEvent | undefined;
  /**
   * What carries the bytes, from the first that come. A client that has all of its echo and falls silent costs no more than
   * its socket: the streams are given back, and made anew when it speaks again.
   */
  private pipeline: EchoPipeline | undefined;
  /** Frames echoed by the pipelines before this one. */
  private framesBefore = 0;
  /** When the last bytes had come where there is no pipeline to ask, in ms as performance.now() counts. */
  private heardAt = 0;
  /** Whether the client was found silent for long, with all of its echo sent; until its next bytes. */
  private isResting = false;
  private guard: IdleGuard | undefined;
  private lingerDeadline: NodeJS.Timeout | undefined;
  private drainsWhenServed = false;
  private drainTimer: NodeJS.Timeout | undefined;
  private readonly acceptedAt = performance.now();
  private readonly descriptor: number;
  private readonly remote: string;
  /** What names it in the log. */
  private identity: { readonly conn: number; readonly client_fd: number; readonly remote: string } | undefined;

  /**
   * @param onClose called once, when the connection is over
   * @param restAfter after how long a silence the streams are given back, in ms
   */
  constructor(
    private readonly socket: Socket,
    private readonly options: ServerOptions,
    private readonly log: ServerLog,
    private readonly onClose: (connection: Connection) => void,
    private readonly restAfter = REST_AFTER_MS,
  ) {
    this.descriptor = descriptorOf(socket);
    this.remote = remoteOf(socket);
    socket.on('error', ignore);
    this.watch();
  }

  /** Whether data is still to be sent, or read and echoed. */
  get isUnfinished(): boolean {
    return this.state !== 'lingering' && this.state !== 'closed';
  }

  accepted(conn: number): void {
    if (this.state !== 'arriving') return;
    this.state = 'waiting';
    this.identity = { conn, client_fd: this.descriptor, remote: this.remote };
    this.log.event('client_connect', this.identity);
  }

  refused(limit: number): void {
    this.log.event('client_drop', { remote: this.remote, max_connections: limit });
    this.socket.destroy();
  }

  /** A place is free: reads and echoes from now on. */
  serve(): void {
    if (this.state !== 'waiting') return;
    this.state = 'serving';
    this.heardAt = performance.now();
    this.awaitBytes();
    const limits = { idle: this.options.timeout * 1000, frame: this.options.frameTimeout * 1000 };
    this.guard = new IdleGuard(limits, this.observe, this.onIdle);
    if (this.drainsWhenServed) this.takeInUntilQuiet();
  }

  /** The server stops: what has arrived is echoed, then FIN. A connection that waits is drained when its turn comes. */
  drain(): void {
    if (this.state === 'serving') this.takeInUntilQuiet();
    else this.drainsWhenServed = true;
  }

  /** The stop's deadline has passed. */
  cut(): void {
    this.fail('shutdown', { timeout_sec: this.options.shutdownTimeout });
    this.close();
  }

  /** Listens to the socket: before there is a pipeline, beside it, and after it has called back. */
  private watch(): void {
    const { socket } = this;
    (socket as EventEmitter).on(errorMonitor, this.onError);
    socket.on('close', this.onSocketClose);
    socket.on('end', this.onEnd);
  }

  /** Told before the streams are, which are given up: `pipeline` would abort, at some 15 us, for each of its listeners. */
  private readonly onError = (error: Error): void => {
    this.socket.removeAllListeners('error').on('error', ignore); // this very event would still reach them
    this.fail(faultEvent(errorCode(error)), codeFields(errorCode(error)));
    this.close();
  };

  private readonly onSocketClose = (): void => {
    this.close();
  };

  /** The client has ended its stream. Where it has all of its echo there is nothing to be done but to close, which sends FIN. */
  private readonly onEnd = (): void => {
    if (this.state === 'serving' && this.isEchoed) this.close();
  };

  /** Listens for the bytes that make a pipeline worth its cost. */
  private awaitBytes(): void {
    this.socket.once('data', this.onFirstBytes);
    this.socket.resume();
  }

  private readonly onFirstBytes = (bytes: Buffer): void => {
    const hasRested = this.isResting;
    this.open().take(bytes);
    if (hasRested) this.guard?.wake();
  };

  /** Gives the streams back until more bytes come: there is nothing that they hold. */
  private rest(): void {
    this.isResting = true;
    const { pipeline } = this;
    if (pipeline === undefined) return;
    this.framesBefore += pipeline.frames;
    this.heardAt = pipeline.receivedAt;
    this.pipeline = undefined;
    pipeline.release();
    this.socket.unpipe(); // it will be piped again
    this.watch();
    this.awaitBytes();
  }

  private open(): EchoPipeline {
    const { socket, options, log } = this;
    this.isResting = false;
    socket.off('data', this.onFirstBytes);
    this.pipeline = new EchoPipeline(socket, options, {
      onFault: (error) => this.failFrame(error),
      onDone: (error) => this.done(error),
      frames: log.debugEnabled ? this.frameObserver() : undefined,
    });
    return this.pipeline;
  }

  /** Whether all that came is echoed, and taken by the kernel: an echo is whole when as much has gone as came. */
  private get isEchoed(): boolean {
    const { socket } = this;
    return socket.writableLength === 0 && socket.bytesWritten === socket.bytesRead;
  }

  private failFrame(error: FrameError): void {
    if (error.code === 'ERR_FRAME_OVERSIZE') {
      this.fail('frame_oversize', { code: error.code, announced: error.announced, max_payload: error.maxPayload });
    } else {
      this.fail('frame_truncated', { code: error.code, have: error.have, need: error.need });
    }
  }

  private readonly onIdle = (event: IdleEvent): void => {
    const { timeout, frameTimeout } = this.options;
    this.fail(event, {
      ...codeFields(faults[event].code),
      timeout_sec: event === 'frame_timeout' ? frameTimeout : timeout,
    });
  };

  /** What the guard judges by, at each of its looks. */
  private readonly observe = (): Activity => {
    const { socket, state } = this;
    const receivedAt = this.pipeline?.receivedAt ?? this.heardAt;
    const isSilent = performance.now() - receivedAt >= this.restAfter;
    if (isSilent && state === 'serving' && this.isEchoed) this.rest();
    const sending = socket.writableLength > 0 || state === 'lingering';
    return {
      receivedAt,
      frameStartedAt: state === 'serving' ? this.pipeline?.frameStartedAt : undefined,
      sendMark: sending ? this.sendMark() : undefined,
      isResting: this.isResting,
    };
  };

  /** Changes whenever the peer took something: by what Node, libuv and the kernel still hold. */
  private sendMark(): string {
    const { socket } = this;
    if (this.options.timeout === 0 && this.state !== 'lingering') return 'not judged';
    const maxAge = Math.min(this.options.timeout * 1000 * QUEUE_AGE_PART, QUEUE_AGE_MAX_MS);
    const inKernel = recentKernelQueues(maxAge)(this.descriptor)?.send ?? 0;
    return `${socket.bytesWritten - socket.writableLength} ${writeQueueSize(socket)} ${inKernel}`;
  }

  /**
   * Takes in what has arrived and, for a moment, what the client goes on sending: a part of what it wrote may still be in
   * its own buffers. Ends where nothing came between two looks.
   */
  private takeInUntilQuiet(): void {
    const { socket } = this;
    const unread = (): number => recentKernelQueues(DRAIN_LOOK_MS / 2)(this.descriptor)?.receive ?? 0;
    const hadArrived = socket.bytesRead + unread();
    const graceEnds = performance.now() + DRAIN_GRACE_MS;
    let seen = -1;
    const look = (): void => {
      if (this.state !== 'serving') return;
      const { bytesRead, readableLength } = socket;
      if (bytesRead === seen && readableLength === 0 && unread() === 0) this.finish();
      else if (performance.now() > graceEnds) this.finish(Math.max(hadArrived - bytesRead, 0) + readableLength);
      else this.drainTimer = setTimeout(look, DRAIN_LOOK_MS);
      seen = bytesRead;
    };
    look();
  }

  /** Takes in `after` bytes more, echoes what came whole, sends FIN and reads on until the peer closes. */
  private finish(after = 0): void {
    if (this.state !== 'serving') return;
    this.state = 'finishing';
    if (this.pipeline === undefined && after === 0) this.endAtRest();
    else (this.pipeline ?? this.open()).finish(after);
    if (this.socket.writableFinished) this.linger();
    else this.socket.once('finish', () => this.linger());
  }

  /** Sends FIN where no streams hold anything, and reads on, to discard. */
  private endAtRest(): void {
    this.socket.off('data', this.onFirstBytes);
    this.socket.end();
  }

  private linger(): void {
    if (this.state !== 'finishing') return;
    this.state = 'lingering';
    this.guard?.stop();
    const idle = this.options.timeout > 0 ? Math.min(this.options.timeout * 1000, LINGER_IDLE_MS) : LINGER_IDLE_MS;
    const end = (): void => {
      if (this.fault === undefined) this.fail('shutdown', { timeout_sec: idle / 1000 });
      this.close();
    };
    this.guard = new IdleGuard({ idle, frame: 0 }, this.observe, end);
    this.lingerDeadline = setTimeout(end, LINGER_MAX_MS);
  }

  /** Something ends this connection early. The first cause is the reason; what follows from it is not told again. */
  private fail(event: FaultEvent, fields: object): void {
    const { close }: FaultRow = faults[event];
    if (this.fault === undefined && this.identity !== undefined && this.state !== 'closed') {
      this.fault = event;
      this.log.event(event, { ...this.identity, ...fields });
    }
    if (close === 'destroy') this.close();
    else this.finish();
  }

  /** The pipeline has called back: both directions ended in order, or something broke. */
  private done(error: NodeJS.ErrnoException | null): void {
    if (error) this.fail(faultEvent(errorCode(error)), codeFields(errorCode(error)));
    this.close();
  }

  /** Closes at once, if that is not done. The streams hear nothing of it. */
  private close(): void {
    if (this.state === 'closed') return;
    const { socket, identity, fault, log } = this;
    this.state = 'closed';
    this.pipeline?.release();
    socket.destroy();
    this.guard?.stop();
    clearTimeout(this.lingerDeadline);
    clearTimeout(this.drainTimer);
    if (identity !== undefined) {
      if (fault === undefined) log.event('client_disconnect', identity);
      // Written out: properties after a spread are stored the slow way, which shows at thousands of connections a second.
      log.event('client_close', {
        conn: identity.conn,
        client_fd: identity.client_fd,
        remote: identity.remote,
        reason: fault ?? 'disconnect',
        frames: this.framesBefore + (this.pipeline?.frames ?? 0),
        bytes_in: socket.bytesRead,
        bytes_out: socket.bytesWritten,
        duration_ms: Math.round((performance.now() - this.acceptedAt) * 1000) / 1000,
      });
    }
    this.onClose(this);
  }

  private frameObserver(): FrameObserver {
    const { log, identity } = this;
    return {
      received: (payload_len) => log.event('frame_recv', { ...identity, payload_len }),
      sent: (payload_len) => log.event('frame_send', { ...identity, payload_len }),
    };
  }
}

/** `127.0.0.1:50000`, `[::1]:50000`; what a peer is called that is gone already. */
function remoteOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  if (remoteAddress === undefined || remotePort === undefined) return 'gone';
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** An error's code, and its number where it is a system error. */
function codeFields(code: string | undefined): { code?: string; errno?: number } {
  const errno = errnoOf(code);
  return { ...(errno !== undefined && { errno }), ...(code !== undefined && { code }) };
}
