import { type ClientFault, FrameClientError } from '../client/client-error';
import { hexByte } from '../client/compare-reply';
import { ClientSocket } from '../client/client-socket';
import { FrameTruncatedError, HEADER_LENGTH } from '../framing';
import { type Difference, InFlight } from './in-flight';
import type { Measurement } from './measure/measurement';
import type { Plan } from './plan';
import { formatDuration, plural } from '../text/quantities';

/** What the clients of a run share. */
export interface LoadContext {
  readonly plan: Plan;
  readonly measurement: Measurement;
  readonly nextSize: () => number;
  readonly nextNumber: () => number;
  /** Aborted to close every connection at once. */
  readonly signal: AbortSignal;
  /** Whether a client sends as soon as a reply came (closed loop), or when a message is due (open loop). */
  readonly closedLoop: boolean;
  /** Called by a client when it has connected. */
  readonly onConnected: () => void;
  /** Called by a client when it can be given messages again. */
  readonly onRoom: () => void;
  /** ms that a client waits for the server's FIN once it has all its replies. */
  lingerMs: number;
}

/** What one client measured. */
export interface ClientResult {
  readonly number: number;
  /** Whether it ever connected. */
  readonly connected: boolean;
  readonly sent: number;
  readonly ok: number;
  /** Round trips in ms. */
  readonly rtt: { readonly min: number; readonly max: number; readonly avg: number };
  readonly fault: FrameClientError | undefined;
}

/** The faults that leave a message without a reply. */
const unanswered = new Set<ClientFault>(['reply_missing', 'client_reset', 'broken_pipe', 'recv_timeout']);

/** ms: after a longer pause, a fault names the pause too, since some networks cut idle connections. */
const LONG_IDLE_MS = 1000;

/** The longest delay of setTimeout. */
const LONGEST_REST_MS = 0x7fff_ffff;

/** ms to wait for the server's FIN after the last reply, so that surplus bytes are noticed. */
export const LINGER_MS = 1000;

/**
 * One client of a load test: connects, sends its messages, compares the replies, and leaves.
 *
 * States: `sending` while there are messages to send; `draining` until the last reply; `leaving` from its own FIN to the server's;
 * `closed`.
 */
export class LoadClient {
  private state: 'sending' | 'draining' | 'leaving' | 'closed' = 'sending';
  private readonly connection: ClientSocket;
  private readonly inFlight: InFlight;
  /** Its measured messages: without those of the warm-up. */
  private sent = 0;
  private ok = 0;
  private readonly rtt = { min: Infinity, max: 0, sum: 0 };
  private fault: FrameClientError | undefined;
  private connected = false;
  /** Whether what was written last still waits to be sent. */
  private blocked = false;
  /** When bytes last moved either way, by performance.now(). */
  private movedAt = 0;
  /** ms without traffic before the oldest message in flight was sent. */
  private idleMs = 0;
  private linger: NodeJS.Timeout | undefined;
  /** Set while it is silent between two messages. */
  private rest: NodeJS.Timeout | undefined;
  private onClosed: () => void = () => undefined;

  constructor(
    readonly number: number,
    private readonly context: LoadContext,
  ) {
    const { plan, nextSize, nextNumber, signal } = context;
    const maxFrame = HEADER_LENGTH + plan.payload.max;
    this.inFlight = new InFlight({ nextSize, nextNumber, maxFrame, window: plan.pipeline });
    const { host, port, timeout, sendProxy = 'off', tls, localAddresses } = plan;
    const localAddress = localAddresses[(number - 1) % localAddresses.length];
    this.connection = new ClientSocket(
      { host, port, timeout, sendProxy, ...(tls && { tls }), signal, localAddress },
      {
        onData: (chunk) => this.onData(chunk),
        onEnd: () => this.onEnd(),
        onDrain: () => this.onDrain(),
        onClose: (fault) => this.onClose(fault),
      },
    );
  }

  /** Runs the client to its end. What goes wrong is in the result: it does not reject. */
  async run(): Promise<ClientResult> {
    const closed = new Promise<void>((resolve) => (this.onClosed = resolve));
    const started = performance.now();
    try {
      await this.connection.open();
      this.movedAt = performance.now();
      this.countConnect(this.movedAt - started);
      this.connected = true;
      this.context.onConnected();
      this.proceed();
      await closed;
    } catch (error) {
      this.recordFault(error);
      this.state = 'closed';
    }
    clearTimeout(this.linger);
    clearTimeout(this.rest);
    const { min, max, sum } = this.rtt;
    return {
      number: this.number,
      connected: this.connected,
      sent: this.sent,
      ok: this.ok,
      rtt: { min, max, avg: sum / this.ok },
      fault: this.fault,
    };
  }

  private countConnect(ms: number): void {
    const { connect, handshake } = this.context.measurement;
    const { handshakeMs } = this.connection;
    connect.record(ms - (handshakeMs ?? 0));
    if (handshakeMs !== undefined) handshake.record(handshakeMs);
  }

  /** How many messages can be sent now. */
  get room(): number {
    if (!this.connected || this.blocked || this.state !== 'sending') return 0;
    const left = this.context.plan.messages === undefined ? Infinity : this.context.plan.messages - this.sent;
    return Math.min(left, this.context.plan.pipeline - this.inFlight.count);
  }

  /**
   * Sends messages; at most `room`.
   * @param at when the first was due, in ms
   * @param step ms from one to the next
   */
  send(count: number, at: number, step = 0): void {
    const now = performance.now();
    if (this.inFlight.count === 0) this.idleMs = now - this.movedAt;
    this.movedAt = now;
    const pieces = this.inFlight.add(count, at, step);
    this.sent += this.context.measurement.countSent(at, step, count);
    this.blocked = !this.connection.write(pieces);
    this.connection.replyOwed = true;
    if (this.context.plan.messages !== undefined && this.sent >= this.context.plan.messages) this.state = 'draining';
  }

  /** Sends no more, and leaves after the last reply. A second call does nothing. */
  finish(): void {
    if (this.state !== 'sending') return;
    this.state = 'draining';
    if (this.connected) this.proceed();
  }

  /** Closes the connection at once; `fault` is why the replies in flight are given up. */
  giveUp(fault: FrameClientError): void {
    if (this.state === 'leaving') this.connection.close();
    else this.connection.fail(fault);
  }

  private onData(chunk: Buffer): void {
    const now = performance.now();
    this.movedAt = now;
    const before = this.inFlight.echoed;
    const difference = this.inFlight.verify(chunk);
    const echoed = this.inFlight.echoed - before;
    if (echoed > 0) this.count(echoed, now);
    this.context.measurement.countBytes(chunk.length, now);
    if (difference !== undefined) {
      this.connection.fail(this.replyError(difference));
      return;
    }
    this.connection.replyOwed = this.inFlight.count > 0 && this.state !== 'leaving';
    this.proceed(now);
  }

  private count(echoed: number, now: number): void {
    const { measurement } = this.context;
    const { rtt } = this;
    this.inFlight.times.take(echoed, (at, count) => {
      if (!measurement.countOk(at, now, count)) return;
      const ms = now - at;
      this.ok += count;
      rtt.sum += ms * count;
      if (ms < rtt.min) rtt.min = ms;
      if (ms > rtt.max) rtt.max = ms;
    });
  }

  /** Sends what it can, or leaves when there is nothing left to do. */
  private proceed(now = performance.now()): void {
    if (this.state === 'sending') {
      const { room } = this;
      if (room > 0) {
        if (!this.context.closedLoop) this.context.onRoom();
        else if (!this.rests || this.inFlight.sent === 0) this.send(room, now);
        else if (this.inFlight.count === 0) this.restThenSend();
      }
    }
    if (this.state === 'draining' && this.inFlight.count === 0) this.leave();
  }

  /** Whether it is silent between two messages. */
  private get rests(): boolean {
    const { holdMs, thinkMs } = this.context.plan;
    return holdMs > 0 || thinkMs > 0;
  }

  /** ms of silence between two messages: always the same, or at random. */
  private nextRest(): number {
    const { holdMs, thinkMs } = this.context.plan;
    return holdMs > 0 ? holdMs : thinkMs * -Math.log(1 - Math.random());
  }

  private restThenSend(): void {
    this.rest ??= setTimeout(
      () => {
        this.rest = undefined;
        if (this.room > 0) this.send(this.room, performance.now());
      },
      Math.min(this.nextRest(), LONGEST_REST_MS),
    );
  }

  private leave(): void {
    this.state = 'leaving';
    this.connection.end();
    this.linger = setTimeout(() => {
      // This server does not answer a FIN with its own: no other client waits for it.
      this.context.lingerMs = 0;
      this.connection.close();
    }, this.context.lingerMs);
  }

  private onDrain(): void {
    this.blocked = false;
    this.proceed();
  }

  private onEnd(): void {
    if (this.state === 'leaving') return;
    const { have, need } = this.inFlight.partial;
    const { peer } = this.connection;
    const due = this.inFlight.echoed + 1;
    if (have > 0) {
      const cause = new FrameTruncatedError(have, need);
      const message = `${peer} closed inside the reply to message ${due}, after ${have} of ${need} bytes`;
      this.connection.fail(new FrameClientError('frame_truncated', message, { cause }));
      return;
    }
    const message = `${peer} closed without a reply to message ${due}`;
    this.connection.fail(this.isIdle ? this.closedWhenIdle('closed') : new FrameClientError('reply_missing', message));
  }

  /** Nothing is in flight, and there is more to send. */
  private get isIdle(): boolean {
    return this.state === 'sending' && this.inFlight.count === 0;
  }

  /** The connection ended between two messages. No reply is missing, and the cause may be the network and not the server. */
  private closedWhenIdle(how: 'closed' | 'reset', cause?: Error): FrameClientError {
    const { echoed } = this.inFlight;
    const where = echoed === 0 ? 'before the first message' : `after the reply to message ${echoed}`;
    const idle = formatDuration(performance.now() - this.movedAt);
    const message = `${this.connection.peer} ${how} the connection ${where}, after ${idle} without traffic`;
    return new FrameClientError('connection_closed', message, cause === undefined ? {} : { cause });
  }

  private onClose(fault: Error | undefined): void {
    // After the last reply a reset is as good as a FIN.
    const isWrongReply = fault instanceof FrameClientError && fault.event.startsWith('reply_');
    const isIdleReset = fault instanceof FrameClientError && fault.event === 'client_reset' && this.isIdle;
    if (fault !== undefined && (this.state !== 'leaving' || isWrongReply))
      this.recordFault(isIdleReset ? this.closedWhenIdle('reset', fault) : fault);
    this.state = 'closed';
    this.onClosed();
  }

  private recordFault(error: unknown): void {
    if (this.context.signal.aborted) return;
    if (!(error instanceof FrameClientError)) throw error;
    this.fault = error;
    const { have, need } = this.inFlight.partial;
    const where = error.event === 'recv_timeout' ? `; message ${this.inFlight.echoed + 1}` : '';
    const part = where !== '' && have > 0 ? `, ${have} of ${need} bytes of its reply received` : '';
    const words = `client ${this.number}: ${error.message}${where}${part}${this.idleBefore(error.event)}`;
    this.context.measurement.countError(error.event, words);
  }

  /** A long pause before the message that had no reply may be the reason. */
  private idleBefore(event: ClientFault): string {
    if (this.inFlight.count === 0 || this.idleMs < LONG_IDLE_MS || !unanswered.has(event)) return '';
    return `; before that there was no traffic for ${formatDuration(this.idleMs)}`;
  }

  private replyError({ kind, message, offset, sent, got, bytes }: Difference): FrameClientError {
    if (kind === 'surplus') {
      const after = message === 0 ? 'before the first message' : `after the reply to message ${message}`;
      const words = `${this.connection.peer} sent ${plural(bytes, 'unexpected byte')} ${after}`;
      return new FrameClientError('reply_unexpected', words);
    }
    const place = offset < HEADER_LENGTH ? `header byte ${offset}` : `payload byte ${offset - HEADER_LENGTH}`;
    const words = `the reply to message ${message} differs from ${place} on: sent ${hexByte(sent)}, received ${hexByte(got)}`;
    return new FrameClientError('reply_mismatch', words);
  }
}
