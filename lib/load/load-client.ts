import { type ClientFault, FrameClientError } from '../client/client-error';
import { hexByte } from '../client/compare-reply';
import { ClientSocket } from '../client/client-socket';
import { FrameTruncatedError, HEADER_LENGTH } from '../framing';
import { type Difference, Ledger } from './ledger';
import type { Measurement } from './measure/measurement';
import type { Plan } from './plan';
import { showDuration } from './show';

/** What the clients of a run share. */
export interface LoadContext {
  readonly plan: Plan;
  readonly measurement: Measurement;
  readonly nextSize: () => number;
  readonly nextNumber: () => number;
  /** Aborted: every connection is closed at once. */
  readonly signal: AbortSignal;
  /** Whether a client that is free to send sends at once (closed loop), or waits for what is due (open loop). */
  readonly closedLoop: boolean;
  /** Called by a client that has its connection. */
  readonly onConnected: () => void;
  /** Called by a client that can be given messages again. */
  readonly onRoom: () => void;
  /** ms that a server has for its FIN once a client has all its replies. */
  lingerMs: number;
}

/** How a client fared; its times are round trips in ms. */
export interface ClientResult {
  readonly number: number;
  /** Whether it ever had its connection. */
  readonly connected: boolean;
  readonly sent: number;
  readonly ok: number;
  readonly rtt: { readonly min: number; readonly max: number; readonly avg: number };
  readonly fault: FrameClientError | undefined;
}

/** What goes wrong where a message, or its reply, does not get through. */
const unanswered = new Set<ClientFault>(['reply_missing', 'client_reset', 'broken_pipe', 'recv_timeout']);

/** From so many ms on a rest is told of with what went wrong after it: paths cut connections that rest. */
const LONG_REST_MS = 1000;

/** ms that a server has to close after the last reply, so that one that says too much is found out. */
export const LINGER_MS = 1000;

/**
 * One client of a load test: connects, sends its messages, compares what comes, and leaves.
 *
 * States: `sending` while there are messages to send; `draining` once there are none, until the replies are in; `leaving` from its own FIN to the
 * server's; `over`.
 */
export class LoadClient {
  private state: 'sending' | 'draining' | 'leaving' | 'over' = 'sending';
  private readonly connection: ClientSocket;
  private readonly ledger: Ledger;
  /** Those of its messages that are measured. */
  private sent = 0;
  private ok = 0;
  private readonly rtt = { min: Infinity, max: 0, sum: 0 };
  private fault: FrameClientError | undefined;
  private standing = false;
  private blocked = false;
  /** When bytes last went either way, as performance.now() counts. */
  private movedAt = 0;
  /** ms that the connection had rested before the oldest of the messages in flight was sent. */
  private restedMs = 0;
  private linger: NodeJS.Timeout | undefined;
  private onClosed: () => void = () => undefined;

  constructor(
    readonly number: number,
    private readonly context: LoadContext,
  ) {
    const { plan, nextSize, nextNumber, signal } = context;
    const maxFrame = HEADER_LENGTH + plan.payload.max;
    this.ledger = new Ledger({ nextSize, nextNumber, maxFrame, window: plan.pipeline });
    const { host, port, timeout, sendProxy = 'off', tls } = plan;
    this.connection = new ClientSocket(
      { host, port, timeout, sendProxy, ...(tls && { tls }), signal },
      {
        onData: (chunk) => this.onData(chunk),
        onEnd: () => this.onEnd(),
        onDrain: () => this.onDrain(),
        onClose: (fault) => this.onClose(fault),
      },
    );
  }

  /** Runs to the end, good or bad. */
  async run(): Promise<ClientResult> {
    const closed = new Promise<void>((resolve) => (this.onClosed = resolve));
    const started = performance.now();
    try {
      await this.connection.open();
      this.movedAt = performance.now();
      this.countConnect(this.movedAt - started);
      this.standing = true;
      this.context.onConnected();
      this.proceed();
      await closed;
    } catch (error) {
      this.recordFault(error);
      this.state = 'over';
    }
    clearTimeout(this.linger);
    const { min, max, sum } = this.rtt;
    return {
      number: this.number,
      connected: this.standing,
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

  /** Messages that it could be given now. */
  get room(): number {
    if (!this.standing || this.blocked || this.state !== 'sending') return 0;
    const left = this.context.plan.messages === undefined ? Infinity : this.context.plan.messages - this.sent;
    return Math.min(left, this.context.plan.pipeline - this.ledger.outstanding);
  }

  /**
   * Sends messages; at most `room`.
   * @param at when the first was due, in ms
   * @param step ms from one to the next
   */
  issue(count: number, at: number, step = 0): void {
    const now = performance.now();
    if (this.ledger.outstanding === 0) this.restedMs = now - this.movedAt;
    this.movedAt = now;
    const pieces = this.ledger.issue(count, at, step);
    this.sent += this.context.measurement.countSent(at, step, count);
    this.blocked = !this.connection.write(pieces);
    this.connection.replyOwed = true;
    if (this.context.plan.messages !== undefined && this.sent >= this.context.plan.messages) this.state = 'draining';
  }

  /** Sends no more: leaves once the replies are in. */
  finish(): void {
    if (this.state !== 'sending') return;
    this.state = 'draining';
    if (this.standing) this.proceed();
  }

  /** Ends it: replies that are still out are given up. */
  giveUp(fault: FrameClientError): void {
    if (this.state === 'leaving') this.connection.close();
    else this.connection.fail(fault);
  }

  private onData(chunk: Buffer): void {
    const now = performance.now();
    this.movedAt = now;
    const before = this.ledger.echoed;
    const difference = this.ledger.verify(chunk);
    const echoed = this.ledger.echoed - before;
    if (echoed > 0) this.count(echoed, now);
    this.context.measurement.countBytes(chunk.length, now);
    if (difference !== undefined) {
      this.connection.fail(this.replyError(difference));
      return;
    }
    this.connection.replyOwed = this.ledger.outstanding > 0 && this.state !== 'leaving';
    this.proceed(now);
  }

  private count(echoed: number, now: number): void {
    const { measurement } = this.context;
    const { rtt } = this;
    this.ledger.times.take(echoed, (at, count) => {
      if (!measurement.countOk(at, now, count)) return;
      const ms = now - at;
      this.ok += count;
      rtt.sum += ms * count;
      if (ms < rtt.min) rtt.min = ms;
      if (ms > rtt.max) rtt.max = ms;
    });
  }

  /** Goes on from where it is: sends, or leaves. */
  private proceed(now = performance.now()): void {
    if (this.state === 'sending') {
      const { room } = this;
      if (room > 0) {
        if (this.context.closedLoop) this.issue(room, now);
        else this.context.onRoom();
      }
    }
    if (this.state === 'draining' && this.ledger.outstanding === 0) this.leave();
  }

  private leave(): void {
    this.state = 'leaving';
    this.connection.end();
    this.linger = setTimeout(() => {
      // This server does not close after its client: the next clients do not wait for it to.
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
    const { have, need } = this.ledger.partial;
    const { peer } = this.connection;
    if (have > 0) {
      const cause = new FrameTruncatedError(have, need);
      const message = `${peer} closed inside the reply to message ${this.ledger.echoed + 1}: ${have} of ${need} bytes came`;
      this.connection.fail(new FrameClientError('frame_truncated', message, { cause }));
      return;
    }
    const message = `${peer} closed without a reply to message ${this.ledger.echoed + 1}`;
    this.connection.fail(this.isResting ? this.cut('closed') : new FrameClientError('reply_missing', message));
  }

  /** Nothing is in flight, and there is more to be sent. */
  private get isResting(): boolean {
    return this.state === 'sending' && this.ledger.outstanding === 0;
  }

  /** The connection was ended while it rested: no reply is missing, and it may have been the path and not the server. */
  private cut(how: 'closed' | 'reset', cause?: Error): FrameClientError {
    const { echoed } = this.ledger;
    const where = echoed === 0 ? 'before the first message' : `after the reply to message ${echoed}`;
    const rested = showDuration(performance.now() - this.movedAt);
    const message = `${this.connection.peer} ${how} the connection ${where}, when it had rested for ${rested}`;
    return new FrameClientError('connection_closed', message, cause === undefined ? {} : { cause });
  }

  private onClose(fault: Error | undefined): void {
    // Where all replies were in, a reset instead of a FIN takes nothing from anybody.
    const isWrongReply = fault instanceof FrameClientError && fault.event.startsWith('reply_');
    const reset = fault instanceof FrameClientError && fault.event === 'client_reset' && this.isResting;
    if (fault !== undefined && (this.state !== 'leaving' || isWrongReply))
      this.recordFault(reset ? this.cut('reset', fault) : fault);
    this.state = 'over';
    this.onClosed();
  }

  private recordFault(error: unknown): void {
    if (this.context.signal.aborted) return;
    if (!(error instanceof FrameClientError)) throw error;
    this.fault = error;
    const { have, need } = this.ledger.partial;
    const where = error.event === 'recv_timeout' ? `; message ${this.ledger.echoed + 1}` : '';
    const part = where !== '' && have > 0 ? `, ${have} of ${need} bytes of its reply came` : '';
    const words = `client ${this.number}: ${error.message}${where}${part}${this.restBefore(error.event)}`;
    this.context.measurement.countError(error.event, words);
  }

  /** Where the first message after a long rest had no reply, the rest may be why. */
  private restBefore(event: ClientFault): string {
    if (this.ledger.outstanding === 0 || this.restedMs < LONG_REST_MS || !unanswered.has(event)) return '';
    return `; the connection had rested for ${showDuration(this.restedMs)} before`;
  }

  private replyError({ kind, message, offset, sent, got, bytes }: Difference): FrameClientError {
    if (kind === 'surplus') {
      const words = `${this.connection.peer} sent ${bytes} bytes that nothing was sent for, after the reply to message ${message}`;
      return new FrameClientError('reply_unexpected', words);
    }
    const place = offset < HEADER_LENGTH ? `header byte ${offset}` : `payload byte ${offset - HEADER_LENGTH}`;
    const words = `the reply to message ${message} differs first at ${place}: ${hexByte(sent)} was sent, ${hexByte(got)} came back`;
    return new FrameClientError('reply_mismatch', words);
  }
}
