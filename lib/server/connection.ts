import type { Socket } from 'node:net';
import { type Duplex, type Readable, pipeline } from 'node:stream';
import { type FaultEvent, faults } from '../errors/faults';
import { FrameDecoder, FrameEncoder } from '../framing';
import { hostPort } from '../net/host-port';
import type { Client } from './admission/admission';
import type { ProxyHeader } from '../net/proxy-protocol';
import {
  type Fault,
  GuardTimeoutError,
  HandlerError,
  ProxyHeaderError,
  StopDeadlineError,
  faultOf,
} from './connection-errors';
import type { Listed } from './connection-list';
import { DRAIN_GRACE_MS, DRAIN_POLL_MS, Drain, type ReceiveState } from './drain';
import type { Activity, IdleEvent } from './guard/idle-clock';
import { IdleGuard } from './guard/idle-guard';
import { RecordProgress } from './guard/record-progress';
import { SendProgress, type Sending } from './guard/send-progress';
import { FrameTap } from './frame-tap';
import type { ServerLog, ServerOptions } from './server-options';
import { Opening, type OpeningHandlers, type OpeningRules } from './opening';
import { RawDecoder } from './raw-decoder';
import type { ClientConnection, Service, ServiceFactory } from './service';
import { descriptorOf } from './socket-handle';

/** A lingering read ends when nothing has come or gone for this long, and at the latest after {@link LINGER_MAX_MS}. */
const LINGER_IDLE_MS = 2_000;
const LINGER_MAX_MS = 30_000;

/**
 * A guard looks at what the kernel holds for a client only when that has been silent for this part of the idle limit, or does not
 * take all that is sent. Its numbers may be this old, as a part of the limit, and at most, in ms.
 */
const SILENT_PART = 1 / 4;
const QUEUE_AGE_PART = 1 / 10;
const QUEUE_AGE_MAX_MS = 500;

/**
 * - `arriving`: not admitted yet
 * - `opening`: in its PROXY protocol header, or its TLS handshake
 * - `waiting`: accepted and unread, until a place is free
 * - `serving`: what comes is answered
 * - `finishing`: no more is taken in; what came whole is answered, then FIN
 * - `lingering`: FIN is out; what still arrives is read and discarded, as unread bytes at a close make a reset, which
 *   would take the answers back
 * - `closed`
 */
type State = 'arriving' | 'opening' | 'waiting' | 'serving' | 'finishing' | 'lingering' | 'closed';

/** Listens for errors that are told otherwise: one that nobody listens for is thrown. */
const ignore = (): void => undefined;

/** What names a connection in the log. */
interface Identity {
  readonly conn: number;
  readonly client_fd: number;
  readonly remote: string;
  /** Where connections begin with a PROXY protocol header. */
  readonly peer?: string;
}

/** The server, as one of its connections knows it. */
export interface ConnectionOwner {
  /** What connections begin with, before the first frame; undefined where that comes first. */
  readonly opening: OpeningRules | undefined;
  /** A connection that was accepted as `opening` can be served. */
  ready(connection: Connection): void;
  /** The connection is over; called once. */
  closed(connection: Connection): void;
}

/**
 * One accepted socket, from `client_connect` to its one `client_close`.
 *
 * When its turn comes it gets one pipeline, `socket, decoder, service, encoder, socket`, and keeps it to the end. Whatever ends
 * the connection, the peer, a guard or a stop, comes back through the callback of that pipeline.
 */
export class Connection implements Client, Listed, OpeningHandlers {
  place: Client['place'];
  slot = -1;
  private state: State = 'arriving';
  private fault: FaultEvent | undefined;
  private decoder: FrameDecoder<'batches'> | RawDecoder | undefined;
  private service: Service | undefined;
  private guard: IdleGuard | undefined;
  /** What the guard lets pass without a sign of life, in ms; 0 is off. */
  private idleLimit = 0;
  private lingerDeadline: NodeJS.Timeout | undefined;
  private drainTimer: NodeJS.Timeout | undefined;
  private drainsWhenServed = false;
  private over: AbortController | undefined;
  private sendProgress: SendProgress;
  private opening: Opening | undefined;
  private recordProgress: RecordProgress | undefined;
  /** What is read and written: the TCP socket, or the TLS stream on it. */
  private socket: Socket;
  private readonly acceptedAt = performance.now();
  private readonly acceptedTime = Date.now();
  /** Whether the log has its `client_connect`. */
  private isLogged = false;
  private readonly descriptor: number;
  /** The address at the other end of the socket. */
  readonly peer: string;
  /** Bytes that the socket counts and that are not the client's: a PROXY protocol header. */
  private headerLength = 0;
  private identity: Identity | undefined;

  /** @param transport the TCP socket */
  constructor(
    private readonly transport: Socket,
    private readonly options: ServerOptions,
    private readonly createService: ServiceFactory,
    private readonly log: ServerLog,
    private readonly owner: ConnectionOwner,
  ) {
    this.socket = transport;
    this.descriptor = descriptorOf(transport);
    this.peer = peerOf(transport);
    this.sendProgress = new SendProgress(transport);
    transport.on('error', ignore);
    transport.on('close', this.onClosed);
  }

  /** Whether data is still to be sent, or read and answered. */
  get isUnfinished(): boolean {
    return this.state !== 'lingering' && this.state !== 'closed';
  }

  /** The client's address: that of the peer, or of whom a proxy speaks for. */
  get remote(): string {
    return this.identity?.remote ?? this.peer;
  }

  accepted(conn: number): 'ready' | 'opening' {
    if (this.state !== 'arriving') return 'ready';
    const { opening: rules } = this.owner;
    const { descriptor: client_fd, peer } = this;
    const isProxied = rules?.proxy !== undefined;
    this.identity = isProxied ? { conn, client_fd, remote: peer, peer } : { conn, client_fd, remote: peer };
    if (!isProxied && this.options.logConnections === 'all') this.logConnect();
    if (rules === undefined) {
      this.state = 'waiting';
      return 'ready';
    }
    this.state = 'opening';
    this.opening = new Opening(this.transport, rules, this);
    if (this.drainsWhenServed) this.opening.hurry(DRAIN_GRACE_MS);
    this.opening.begin();
    return 'opening';
  }

  named({ route }: ProxyHeader, length: number): void {
    this.headerLength = length;
    if (this.identity !== undefined && route !== undefined) {
      this.identity = { ...this.identity, remote: hostPort(route.source.address, route.source.port) };
    }
    if (this.options.logConnections === 'all') this.logConnect();
  }

  began(): void {
    this.logConnect();
  }

  left(): void {
    if (this.options.logConnections === 'all') this.logConnect();
    this.close();
  }

  opened(stream: Socket | undefined): void {
    if (stream !== undefined) this.readFrom(stream);
    this.state = 'waiting';
    this.owner.ready(this);
  }

  failed(error: Error): void {
    const isHealthCheck = this.transport.bytesRead === 0 && !(error instanceof ProxyHeaderError);
    if (!isHealthCheck || this.options.logConnections === 'all') this.logConnect();
    this.logFault(faultOf(error));
    this.close();
  }

  refused(limit: number): void {
    this.log.event('client_drop', { remote: this.peer, max_connections: limit });
    this.socket.destroy();
  }

  /** A place is free: reads and answers from now on. */
  serve(): void {
    if (this.state !== 'waiting') return;
    this.state = 'serving';
    try {
      this.connectStreams();
    } catch (error) {
      const failure = new HandlerError(`no service for this connection: ${String(error)}`, { cause: error });
      this.logFault(faultOf(failure));
      this.close();
      return;
    }
    this.idleLimit = this.options.timeout * 1000;
    const limits = { idle: this.idleLimit, frame: this.options.frameTimeout * 1000 };
    this.guard = new IdleGuard(limits, this.observe, this.onIdle);
    if (this.drainsWhenServed) this.takeInUntilQuiet();
  }

  /** The server stops: what has arrived is answered, then FIN. A connection that waits is drained when its turn comes. */
  drain(): void {
    if (this.state === 'serving') this.takeInUntilQuiet();
    else this.drainsWhenServed = true;
    if (this.state === 'opening') this.opening?.hurry(DRAIN_GRACE_MS);
  }

  /** The stop's deadline has passed. Told and closed at once: the process may end in this very turn. */
  cut(): void {
    this.logFault(faultOf(new StopDeadlineError(this.options.shutdownTimeout)));
    this.close();
  }

  /** What is sent and read from now on goes by a TLS stream, which counts what is in it alone. */
  private readFrom(stream: Socket): void {
    stream.on('error', ignore);
    this.socket = stream;
    this.headerLength = 0;
    this.sendProgress = new SendProgress(stream, undefined, this.transport);
    this.recordProgress = new RecordProgress(this.transport, stream);
  }

  private readonly logConnect = (): void => {
    if (this.isLogged) return;
    this.isLogged = true;
    this.log.event('client_connect', this.identity, this.acceptedTime);
  };

  private connectStreams(): void {
    const { socket, options } = this;
    if (!this.isLogged) socket.once('data', this.logConnect); // before the decoder finds anything to tell
    this.service = this.createService(new ConnectionView(this), this.fail);
    if (options.framing === 'raw') {
      const decoder = new RawDecoder();
      this.decoder = decoder;
      this.holdBackWith(decoder);
      pipeline(socket, decoder, socket, this.done);
    } else {
      const decoder = new FrameDecoder({ maxPayload: options.maxPayload, output: 'batches', onFault: this.fail });
      const encoder = new FrameEncoder({ destination: socket });
      const { stage } = this.service;
      this.decoder = decoder;
      this.holdBackWith(encoder);
      if (this.log.debugEnabled) {
        const streams = [socket, decoder, this.tap('frame_recv'), stage, this.tap('frame_send'), encoder, socket];
        pipeline(streams as Duplex[], this.done); // the types of an array of streams know no functions
      } else {
        pipeline(socket, decoder, stage, encoder, socket, this.done);
      }
    }
    socket.on('end', this.onEnd);
  }

  /**
   * Stops reading as soon as the last stage is paused, as the socket takes no more. Backpressure would get there by itself, but
   * only when every stage between holds a chunk: some 200 KiB for a client that does not read.
   */
  private holdBackWith(last: Readable): void {
    const { socket } = this;
    last.on('pause', () => {
      if (!socket.writableNeedDrain) return; // at its end it is paused, too
      socket.pause();
      socket.once('drain', this.readOn);
    });
  }

  private readonly readOn = (): void => {
    this.socket.resume();
  };

  /** The end of a connection that was never served; the others end with their pipeline. */
  private readonly onClosed = (): void => {
    const tellsItself = this.state === 'opening' && this.opening?.tellsItsEnd === true;
    if (this.decoder === undefined && !tellsItself) this.close();
  };

  /**
   * The client has ended its stream. Where it has all of its echo, closing at once sends the same FIN, and the streams hold
   * nothing: the pipeline is let go. To end its streams one after another, or to let it find the socket closed, makes a
   * connection of one frame a fifth more expensive: 312 and 324 us of CPU against 257, side by side. Over TLS a close would send a FIN
   * without the close_notify before it: there the streams end in order.
   */
  private readonly onEnd = (): void => {
    const mayClose = this.state === 'serving' && this.recordProgress === undefined;
    if (!mayClose || this.service?.isEcho !== true || !this.isEchoed) return;
    this.socket.removeAllListeners().on('error', ignore);
    this.close();
  };

  /** Whether all that came is echoed, and taken by the kernel: an echo is whole when as much has gone as came. */
  private get isEchoed(): boolean {
    const { socket } = this;
    return socket.writableLength === 0 && socket.bytesWritten === socket.bytesRead - this.headerLength;
  }

  private readonly onIdle = (event: IdleEvent): void => {
    const { timeout, frameTimeout } = this.options;
    this.fail(new GuardTimeoutError(event, event === 'frame_timeout' ? frameTimeout : timeout));
  };

  /** What the guard judges by, at each of its checks. */
  private readonly observe = (decides: boolean): Activity => {
    const { receivedAt: takenAt = this.acceptedAt, frameStartedAt } = this.decoder ?? {};
    const record = this.recordProgress?.sample();
    const receivedAt = record === undefined ? takenAt : Math.max(takenAt, record.receivedAt);
    return {
      receivedAt,
      frameStartedAt: this.state === 'serving' ? (frameStartedAt ?? record?.startedAt) : undefined,
      sending: this.sampleSending(receivedAt, decides),
      isWorking: this.service?.isWorking() ?? false,
    };
  };

  private sampleSending(receivedAt: number, decides: boolean): Sending | undefined {
    const { idleLimit, socket } = this;
    const waits = socket.writableLength > 0;
    if (idleLimit === 0) return { waits, mark: undefined };
    if (!waits && performance.now() - receivedAt < idleLimit * SILENT_PART) return undefined;
    return this.sendProgress.sample(Math.min(idleLimit * QUEUE_AGE_PART, QUEUE_AGE_MAX_MS), decides);
  }

  /** Takes in what has arrived and, for a moment, what the client goes on sending. */
  private takeInUntilQuiet(): void {
    const drain = new Drain(this.receiveState(), performance.now() + DRAIN_GRACE_MS);
    const poll = (): void => {
      if (this.state !== 'serving') return;
      const left = drain.remaining(performance.now(), this.receiveState());
      if (left !== undefined) this.finish(left);
      else this.drainTimer = setTimeout(poll, DRAIN_POLL_MS);
    };
    poll();
  }

  private receiveState(): ReceiveState {
    const { bytesRead } = this.transport;
    const { readableLength } = this.socket;
    const unread = this.sendProgress.queues(DRAIN_POLL_MS / 2)?.receive;
    return { read: bytesRead, buffered: readableLength, unread };
  }

  /** Takes in `after` bytes more, answers what came whole, sends FIN and reads on until the peer closes. */
  private finish(after = 0): void {
    if (this.state !== 'serving') return;
    this.state = 'finishing';
    this.decoder?.finish(after);
    if (this.socket.writableFinished) this.linger();
    else this.socket.once('finish', () => this.linger());
  }

  private linger(): void {
    if (this.state !== 'finishing') return;
    this.state = 'lingering';
    this.guard?.stop();
    this.readOn(); // a socket that was ended while it was full drains without a word
    const { timeout } = this.options;
    const isKnown = this.sendProgress.queues(QUEUE_AGE_MAX_MS) !== undefined;
    const most = isKnown ? LINGER_IDLE_MS : LINGER_MAX_MS; // the kernel may hold what it does not tell of
    const idle = timeout > 0 ? Math.min(timeout * 1000, most) : most;
    const end = (): void => this.fail(new StopDeadlineError(idle / 1000));
    this.idleLimit = idle;
    this.guard = new IdleGuard({ idle, frame: 0 }, this.observe, end);
    this.lingerDeadline = setTimeout(end, LINGER_MAX_MS);
  }

  /** Ends this connection for a reason, in the way that the table of faults says. */
  private readonly fail = (error: Error): void => {
    const fault = faultOf(error);
    if (faults[fault.event].close === 'destroy') {
      this.socket.destroy(error); // comes back through the pipeline
      return;
    }
    this.logFault(fault);
    this.finish();
  };

  /** Logs what ends this connection early. The first cause is the reason; what follows from it is not told again. */
  private logFault({ event, fields }: Fault): void {
    if (this.fault !== undefined || this.identity === undefined || this.state === 'closed') return;
    this.fault = event;
    if (this.isLogged) this.log.event(event, { ...this.identity, ...fields });
  }

  /** The pipeline has called back: both directions ended in order, or something broke. */
  private readonly done = (error: NodeJS.ErrnoException | null | undefined): void => {
    if (error) this.logFault(faultOf(error));
    this.close();
  };

  private close(): void {
    if (this.state === 'closed') return;
    const { socket, decoder, identity, fault, log } = this;
    this.state = 'closed';
    this.opening?.cancel();
    socket.destroy();
    this.guard?.stop();
    clearTimeout(this.lingerDeadline);
    clearTimeout(this.drainTimer);
    this.over?.abort();
    if (identity !== undefined && this.isLogged) {
      if (fault === undefined) log.event('client_disconnect', identity);
      // Written out: properties after a spread are stored the slow way, which shows at thousands of connections a second.
      const fields = {
        conn: identity.conn,
        client_fd: identity.client_fd,
        remote: identity.remote,
        reason: fault ?? 'disconnect',
        frames: decoder?.frames ?? 0,
        bytes_in: decoder === undefined ? 0 : socket.bytesRead - this.headerLength,
        bytes_out: decoder === undefined ? 0 : socket.bytesWritten,
        duration_ms: Math.round((performance.now() - this.acceptedAt) * 1000) / 1000,
      };
      log.event('client_close', identity.peer === undefined ? fields : { ...fields, peer: identity.peer });
    }
    this.owner.closed(this);
  }

  get id(): number {
    return this.identity?.conn ?? 0;
  }

  /** Aborted when this is over; made only where it is asked for. */
  get signal(): AbortSignal {
    return (this.over ??= new AbortController()).signal;
  }

  private tap(event: 'frame_recv' | 'frame_send'): FrameTap {
    return new FrameTap((payload_len) => this.log.event(event, { ...this.identity, payload_len }));
  }
}

/** What a handler sees of a connection. */
class ConnectionView implements ClientConnection {
  constructor(private readonly connection: Connection) {}

  get id(): number {
    return this.connection.id;
  }

  get remote(): string {
    return this.connection.remote;
  }

  get peer(): string {
    return this.connection.peer;
  }

  get signal(): AbortSignal {
    return this.connection.signal;
  }
}

/** `127.0.0.1:50000`, `[::1]:50000`; what a peer is called that is gone already. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined || remotePort === undefined ? 'gone' : hostPort(remoteAddress, remotePort);
}
