import { setTimeout as sleep } from 'node:timers/promises';
import { type Connecting, connectWithin } from '../client/connect-within';
import type { FrameClientOptions } from '../client/frame-client';
import { errorCode } from '../errors/error-code';
import { PingLink } from './ping-link';
import type { PingEvent } from './ping-event';
import { PingSchedule } from './ping-schedule';

export interface PingOptions {
  /** Where to connect. `timeout`, in seconds, limits the connect and each reply; it must be more than 0. */
  readonly connection: Omit<FrameClientOptions, 'signal' | 'timeout'> & { readonly timeout: number };
  /** ms from one ping to the next. */
  readonly intervalMs: number;
  /** Pings in all; undefined goes on until `stop`. */
  readonly count?: number | undefined;
  /** Bytes. */
  readonly payloadSize: number;
  /** Aborted to end the run at once. Pings under way are then neither answered nor lost. */
  readonly stop: AbortSignal;
}

/** What is left to tell at the end of a run. */
export interface PingOutcome {
  /** Whether a connection was ever made. */
  readonly connected: boolean;
  /** Why the last attempt to connect failed, if one did. */
  readonly connectError?: Error;
  /** Pings without a result when the run was stopped. */
  readonly underWay: number;
  /** Pings left out because this process was held up. */
  readonly missed: number;
}

/** ms since 1970, by a clock that is never set back. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** The payload of a ping: a pattern that differs from one ping to the next. */
function pingPayload(seq: number, size: number): Buffer {
  const payload = Buffer.allocUnsafe(size);
  for (let index = 0; index < size; index++) payload[index] = (index * 89 + seq * 37) % 251;
  if (size >= 8) payload.writeBigUInt64BE(BigInt(seq));
  return payload;
}

/** A connection to send on. */
interface Usable {
  readonly link: PingLink;
  /** How long it took to connect, in ms, if it is new. */
  readonly connectMs?: number;
  readonly handshakeMs?: number;
}

/** The code of a name that does not exist: waiting would not help. */
const UNKNOWN_HOST = 'ENOTFOUND';

/**
 * Sends frames at an interval and tells what becomes of each; connects again when one is lost.
 * @throws {FrameClientError} `ERR_CONNECT_FAILED` if the host name is unknown
 */
export async function runPing(options: PingOptions, onEvent: (event: PingEvent) => void): Promise<PingOutcome> {
  return new PingRun(options, onEvent).run();
}

class PingRun {
  private readonly links = new Set<PingLink>();
  private link: PingLink | undefined;
  private connecting: Connecting | undefined;
  private connected = false;
  private connectError: Error | undefined;
  private underWay = 0;
  private isOver = false;

  constructor(
    private readonly options: PingOptions,
    private readonly onEvent: (event: PingEvent) => void,
  ) {}

  async run(): Promise<PingOutcome> {
    const { intervalMs, count = Infinity, stop } = this.options;
    stop.addEventListener('abort', () => this.close(), { once: true });
    // The schedule starts with the first connection, so that no ping is lost while it is made.
    const first = await this.usableLink();
    const failure = this.connectError;
    if (failure && errorCode(failure.cause) === UNKNOWN_HOST) throw failure;
    const schedule = new PingSchedule(performance.now(), intervalMs);
    const pings = new Set<Promise<void>>();
    for (let seq = 1; seq <= count; seq++) {
      await untilDue(schedule.next(performance.now()), stop);
      if (stop.aborted) break;
      const ping = this.ping(seq, seq === 1 ? first : undefined).finally(() => pings.delete(ping));
      pings.add(ping);
    }
    await Promise.race([Promise.all(pings), aborted(stop)]);
    this.close();
    const { connected, connectError, underWay } = this;
    return { connected, ...(connectError && { connectError }), underWay, missed: schedule.missed };
  }

  private async ping(seq: number, given?: Usable | string): Promise<void> {
    this.underWay += 1;
    const asked = wallClock();
    const usable = given ?? (await this.usableLink());
    if (this.isOver) return;
    if (typeof usable === 'string') {
      this.tell({ type: 'lost', at: wallClock(), sentAt: asked, seq, cause: 'no_connection', message: usable });
      return;
    }
    const sentAt = wallClock();
    const bytes = this.options.payloadSize;
    const { link, ...times } = usable;
    const result = await link.ping(pingPayload(seq, bytes));
    const at = wallClock();
    if ('cause' in result) this.tell({ type: 'lost', at, sentAt, seq, ...result });
    else this.tell({ type: 'reply', at, sentAt, seq, bytes, ...result, ...times });
  }

  private tell(event: PingEvent): void {
    if (this.isOver) return;
    this.underWay -= 1;
    this.onEvent(event);
  }

  /** The connection to send on, made if there is none; the reason if that fails. */
  private async usableLink(): Promise<Usable | string> {
    if (this.link?.isUsable) return { link: this.link };
    if (this.connecting) return 'still connecting';
    const started = performance.now();
    try {
      this.connecting = connectWithin(this.options.connection);
      const client = await this.connecting.client;
      const link = new PingLink(client, this.options.connection.timeout * 1000, (idleReason) => {
        this.links.delete(link);
        if (idleReason === undefined || this.isOver) return;
        this.onEvent({ type: 'closed', at: wallClock(), message: idleReason });
      });
      this.links.add(link);
      this.link = link;
      this.connected = true;
      this.connectError = undefined;
      const { handshakeMs } = client;
      const connectMs = performance.now() - started;
      return { link, connectMs, ...(handshakeMs !== undefined && { handshakeMs }) };
    } catch (error) {
      this.connectError = error as Error;
      return (error as Error).message;
    } finally {
      this.connecting = undefined;
    }
  }

  private close(): void {
    this.isOver = true;
    this.connecting?.abort();
    for (const link of this.links) link.close();
  }
}

/** Waits until a time of performance.now(), or until the run is stopped. */
async function untilDue(due: number, signal: AbortSignal): Promise<void> {
  const ms = due - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
