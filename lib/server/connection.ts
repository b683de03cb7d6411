import type { Socket } from 'node:net';
import { type Duplex, type Readable, pipeline } from 'node:stream';
import { faults } from '../errors/faults';
import { FrameDecoder, FrameEncoder } from '../framing';
import { hostPort } from '../net/host-port';
import type { Client } from './admission/admission';
import type { ProxyHeader } from '../net/proxy-protocol';
import {
  GuardTimeoutError,
  HandlerError,
  HandshakeError,
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
import { ConnectionLog } from './connection-log';
import { ConnectionView } from './connection-view';
import type { Service, ServiceFactory } from './service';
import { descriptorOf } from './socket-handle';
import type { ConnectionProgress } from './stats/connection-counts';

/**
 * A lingering read ends after this much silence both ways, or after the idle limit where the kernel's queues are unknown,
 * and after {@link LINGER_MAX_MS} in any case.
 */
const LINGER_IDLE_MS = 2_000;
const LINGER_MAX_MS = 30_000;

/**
 * Reading the kernel's queues is expensive: it is done only for a client that has been silent for this part of the idle
 * limit, or that does not take everything it is sent.
 */
const SILENT_PART = 1 / 4;
/** How old a reading of the kernel's queues may be: this part of the idle limit, and at most QUEUE_AGE_MAX_MS. */
const QUEUE_AGE_PART = 1 / 10;
const QUEUE_AGE_MAX_MS = 500;

/**
 * - `arriving`: not admitted yet
 * - `opening`: reads the PROXY protocol header, or is in the TLS handshake
 * - `waiting`: accepted, but not read from until a place is free
 * - `serving`: frames are read and answered
 * - `finishing`: nothing more is accepted; whole frames are still answered, then FIN follows
 * - `lingering`: FIN is sent; what still arrives is read and discarded. Closing with unread bytes would send a reset,
 *   which could destroy answers on their way
 * - `closed`
 */
type State = 'arriving' | 'opening' | 'waiting' | 'serving' | 'finishing' | 'lingering' | 'closed';

/** A listener for errors that are handled elsewhere: without one, Node throws them. */
const ignore = (): void => undefined;

/** The server that keeps a connection. */
export interface ConnectionOwner {
  /** What comes before the first frame; undefined for nothing. */
  readonly opening: OpeningRules | undefined;
  /** A connection that was `opening` can be served. */
  ready(connection: Connection): void;
  /** FIN is sent, and only a lingering read is left: it needs no more service. */
  served(connection: Connection): void;
  /** It has closed. Called once, last. */
  closed(connection: Connection): void;
}

/**
 * One accepted socket, from `client_connect` to its one `client_close`.
 *
 * When its turn comes it gets one pipeline, `socket, decoder, service, encoder, socket`, and keeps it to the end.
 * Whatever ends the connection (the peer, a guard, a stop) comes back through the callback of that pipeline.
 */
export class Connection implements Client, Listed, OpeningHandlers {
  place: Client['place'];
  slot = -1;
  private state: State = 'arriving';
  private decoder: FrameDecoder<'batches'> | RawDecoder | undefined;
  private service: Service | undefined;
  private guard: IdleGuard | undefined;
  /** The guard's idle limit, in ms; 0 is off. */
  private idleLimit = 0;
  private lingerDeadline: NodeJS.Timeout | undefined;
  private drainTimer: NodeJS.Timeout | undefined;
  private drainWhenServed = false;
  private abort: AbortController | undefined;
  private sendProgress: SendProgress;
  private opening: Opening | undefined;
  private recordProgress: RecordProgress | undefined;
  /** What is read and written: the TCP socket, or the TLS stream on it. */
  private socket: Socket;
  private readonly log: ConnectionLog;
  private admission: ConnectionProgress['admission'];
  private handshake: ConnectionProgress['handshake'];
  private readonly descriptor: number;
  /** The address at the other end of the socket. */
  readonly peer: string;
  /** Bytes of the PROXY protocol header, which the socket counts as read. */
  private headerLength = 0;

  /** @param transport the TCP socket */
  constructor(
    private readonly transport: Socket,
    private readonly options: ServerOptions,
    private readonly createService: ServiceFactory,
    log: ServerLog,
    private readonly owner: ConnectionOwner,
  ) {
    this.socket = transport;
    this.descriptor = descriptorOf(transport);
    this.peer = peerOf(transport);
    this.log = new ConnectionLog(log, this.peer);
    this.sendProgress = new SendProgress(transport);
    transport.on('error', ignore);
    transport.on('close', this.onClosed);
  }

  /** Whether something may still be read and answered, or sent. */
  get isUnfinished(): boolean {
    return this.state !== 'lingering' && this.state !== 'closed';
  }

  /** The client's address: the peer's, or the one in the proxy's header. */
  get remote(): string {
    return this.log.remote;
  }

  accepted(conn: number): 'ready' | 'opening' {
    if (this.state !== 'arriving') return 'ready';
    this.admission = 'accepted';
    const { opening: rules } = this.owner;
    const isProxied = rules?.proxy !== undefined;
    this.log.admitted(conn, this.descriptor, isProxied);
    if (!isProxied && this.options.logConnections === 'all') this.log.connected();
    if (rules === undefined) {
      this.state = 'waiting';
      return 'ready';
    }
    this.state = 'opening';
    this.opening = new Opening(this.transport, rules, this);
    if (this.drainWhenServed) this.opening.hurry(DRAIN_GRACE_MS);
    this.opening.begin();
    return 'opening';
  }

  named({ route }: ProxyHeader, length: number): void {
    this.headerLength = length;
    if (route !== undefined) this.log.named(hostPort(route.source.address, route.source.port));
    if (this.options.logConnections === 'all') this.log.connected();
  }

  began(): void {
    this.log.connected();
  }

  left(): void {
    if (this.options.logConnections === 'all') this.log.connected();
    this.close();
  }

  opened(stream: Socket | undefined): void {
    if (stream !== undefined) this.readFrom(stream);
    this.state = 'waiting';
    this.owner.ready(this);
  }

  failed(error: Error): void {
    if (error instanceof HandshakeError) this.handshake = 'failed';
    const isHealthCheck = this.transport.bytesRead === 0 && !(error instanceof ProxyHeaderError);
    if (!isHealthCheck || this.options.logConnections === 'all') this.log.connected();
    this.log.faulted(faultOf(error));
    this.close();
  }

  refused(limit: number): void {
    this.admission = 'dropped';
    this.log.dropped(limit);
    this.socket.destroy();
  }

  /** Starts to read and answer. */
  serve(): void {
    if (this.state !== 'waiting') return;
    this.state = 'serving';
    try {
      this.connectStreams();
    } catch (error) {
      const failure = new HandlerError(`no service for this connection: ${String(error)}`, { cause: error });
      this.log.faulted(faultOf(failure));
      this.close();
      return;
    }
    this.idleLimit = this.options.timeout * 1000;
    const limits = { idle: this.idleLimit, frame: this.options.frameTimeout * 1000 };
    this.guard = new IdleGuard(limits, this.observe, this.onIdle);
    if (this.drainWhenServed) this.readUntilQuiet();
  }

  /** The server stops: answers what has arrived, then sends FIN. A waiting connection does so when its turn comes. */
  drain(): void {
    if (this.state === 'serving') this.readUntilQuiet();
    else this.drainWhenServed = true;
    if (this.state === 'opening') this.opening?.hurry(DRAIN_GRACE_MS);
  }

  /** The stop's deadline has passed: logs it and closes at once, as the process may exit in the same turn. */
  cut(): void {
    this.log.faulted(faultOf(new StopDeadlineError(this.options.shutdownTimeout)));
    this.close();
  }

  /** From now on reads and writes a TLS stream, which counts plaintext only. */
  private readFrom(stream: Socket): void {
    stream.on('error', ignore);
    this.handshake = 'ok';
    this.socket = stream;
    this.headerLength = 0;
    this.sendProgress = new SendProgress(stream, undefined, this.transport);
    this.recordProgress = new RecordProgress(this.transport, stream);
  }

  private connectStreams(): void {
    const { socket, options } = this;
    if (!this.log.isLogged) socket.once('data', this.log.connected); // before the decoder can log anything
    this.service = this.createService(new ConnectionView(this), this.fail);
    if (options.framing === 'raw') {
      const decoder = new RawDecoder();
      this.decoder = decoder;
      this.pauseSocketWith(decoder);
      pipeline(socket, decoder, socket, this.onPipelineEnd);
    } else {
      const decoder = new FrameDecoder({ maxPayload: options.maxPayload, output: 'batches', onFault: this.fail });
      const encoder = new FrameEncoder({ destination: socket });
      const { stage } = this.service;
      this.decoder = decoder;
      this.pauseSocketWith(encoder);
      if (this.log.debugEnabled) {
        const streams = [socket, decoder, this.tap('frame_recv'), stage, this.tap('frame_send'), encoder, socket];
        pipeline(streams as Duplex[], this.onPipelineEnd); // the type of an array of streams allows no functions
      } else {
        pipeline(socket, decoder, stage, encoder, socket, this.onPipelineEnd);
      }
    }
    socket.on('end', this.onEnd);
  }

  /**
   * Stops reading as soon as the last stage is paused because the socket is full. Backpressure would get there by
   * itself, but only once each stage holds a chunk: about 200 KiB for a client that does not read.
   */
  private pauseSocketWith(last: Readable): void {
    const { socket } = this;
    last.on('pause', () => {
      if (!socket.writableNeedDrain) return; // a stream is also paused when it ends
      socket.pause();
      socket.once('drain', this.resumeReading);
    });
  }

  private readonly resumeReading = (): void => {
    this.socket.resume();
  };

  /** Ends a connection that was never served. All others end with their pipeline, or with their handshake. */
  private readonly onClosed = (): void => {
    const isReported = this.state === 'opening' && this.opening?.reportsClose === true;
    if (this.decoder === undefined && !isReported) this.close();
  };

  /**
   * The client has sent FIN. If its echo is complete, the streams are empty, and closing at once sends the same FIN.
   * Ending the pipeline's streams one by one costs a connection of one frame a fifth more CPU: 312 us instead of 257.
   * Over TLS they end one by one, as a close would send FIN without close_notify.
   */
  private readonly onEnd = (): void => {
    const mayClose = this.state === 'serving' && this.recordProgress === undefined;
    if (!mayClose || this.service?.isEcho !== true || !this.isEchoed) return;
    this.socket.removeAllListeners().on('error', ignore);
    this.close();
  };

  /**
   * Whether everything received has been echoed into the kernel: an echo is complete when as many bytes were sent as
   * received.
   */
  private get isEchoed(): boolean {
    const { socket } = this;
    return socket.writableLength === 0 && socket.bytesWritten === socket.bytesRead - this.headerLength;
  }

  private readonly onIdle = (event: IdleEvent): void => {
    const { timeout, frameTimeout } = this.options;
    this.fail(new GuardTimeoutError(event, event === 'frame_timeout' ? frameTimeout : timeout));
  };

  private readonly observe = (decides: boolean): Activity => {
    const { receivedAt: takenAt = this.log.acceptedAt, frameStartedAt } = this.decoder ?? {};
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

  /** Reads what has arrived and, for a moment, what the client goes on sending. Then finishes. */
  private readUntilQuiet(): void {
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

  /** Accepts `after` more bytes, answers the whole frames, sends FIN, and reads on until the peer closes. */
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
    this.resumeReading(); // a socket that was ended while it was full emits no 'drain'
    const { timeout } = this.options;
    const longest = timeout > 0 ? Math.min(timeout * 1000, LINGER_MAX_MS) : LINGER_MAX_MS;
    const end = (): void => this.fail(new StopDeadlineError(longest / 1000));
    this.lingerDeadline = setTimeout(end, LINGER_MAX_MS);
    this.awaitSilence(Math.min(longest, LINGER_IDLE_MS), () => {
      const isKnown = this.sendProgress.queues(QUEUE_AGE_MAX_MS) !== undefined;
      if (isKnown || longest <= LINGER_IDLE_MS) end();
      else this.awaitSilence(longest - LINGER_IDLE_MS, end); // unknown queues may still hold data
    });
    this.owner.served(this);
  }

  /** Calls back after so many ms in which neither side takes anything. */
  private awaitSilence(ms: number, callback: () => void): void {
    this.idleLimit = ms;
    this.guard = new IdleGuard({ idle: ms, frame: 0 }, this.observe, callback);
  }

  /** Ends this connection with an error, as the table of faults says. */
  private readonly fail = (error: Error): void => {
    const fault = faultOf(error);
    if (faults[fault.event].close === 'destroy') {
      this.socket.destroy(error); // the pipeline calls back with it
      return;
    }
    this.log.faulted(fault);
    this.finish();
  };

  private readonly onPipelineEnd = (error: NodeJS.ErrnoException | null | undefined): void => {
    if (error) this.log.faulted(faultOf(error));
    this.close();
  };

  private close(): void {
    if (this.state === 'closed') return;
    const { socket, decoder } = this;
    this.state = 'closed';
    this.opening?.cancel();
    socket.destroy();
    this.guard?.stop();
    clearTimeout(this.lingerDeadline);
    clearTimeout(this.drainTimer);
    this.log.closed(decoder?.frames ?? 0, this.bytesIn, decoder === undefined ? 0 : socket.bytesWritten);
    this.abort?.abort();
    this.owner.closed(this);
  }

  get id(): number {
    return this.log.conn;
  }

  get progress(): ConnectionProgress {
    const { socket, state, admission, decoder, handshake, bytesIn } = this;
    return {
      state,
      admission,
      fault: this.log.fault,
      handshake,
      frames: decoder?.frames ?? 0,
      bytesIn,
      bytesOut: decoder === undefined ? 0 : socket.bytesWritten - socket.writableLength,
    };
  }

  private get bytesIn(): number {
    return this.decoder === undefined ? 0 : this.socket.bytesRead - this.headerLength;
  }

  /** Aborted when the connection has closed. Made on first use. */
  get signal(): AbortSignal {
    return (this.abort ??= new AbortController()).signal;
  }

  private tap(event: 'frame_recv' | 'frame_send'): FrameTap {
    return new FrameTap((length) => this.log.frame(event, length));
  }
}

/** `127.0.0.1:50000`, `[::1]:50000`; `gone` if the peer has already left. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined || remotePort === undefined ? 'gone' : hostPort(remoteAddress, remotePort);
}
