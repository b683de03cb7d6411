import { type EventName, events } from '../../log/events';
import { LogQueue } from '../../log/queue';
import type { ServerLog } from '../server-options';
import type { ForwardedEvent, FromWorker } from './messages';

/**
 * The most events that may be on their way to the process that writes the log: some megabytes at both ends. Debug
 * events have a lower limit, so that they cannot displace those of connections.
 */
const MAX_PENDING = 16_384;
const MAX_PENDING_DEBUG = 4096;

/** Dropped events are reported when everything sent has been acknowledged, but at least once in so many ms. */
const REPORT_DROPPED_MS = 1_000;

/**
 * The log of a worker: sends its events to the process that writes them. If that does not keep up, events are dropped
 * and counted. A connection is logged completely, from `client_connect` to `client_close`, or not at all.
 */
export class ForwardingLog implements ServerLog {
  /** Events not acknowledged yet. */
  private pending = 0;
  private dropped = 0;
  private reportedAt = 0;
  /** Connections whose `client_connect` was dropped. */
  private readonly unlogged = new Set<unknown>();
  private readonly queue: LogQueue<ForwardedEvent>;

  constructor(
    readonly debugEnabled: boolean,
    private readonly send: (message: Extract<FromWorker, { type: 'log' }>) => void,
  ) {
    this.queue = new LogQueue((events) => this.send({ type: 'log', events, dropped: 0 }));
  }

  event(name: EventName, fields: object = {}, at = Date.now()): void {
    const event = { name, fields: fields as Record<string, unknown>, at };
    if (this.isLeftOut(event)) {
      this.dropped += 1;
    } else {
      this.pending += 1;
      this.queue.push(event);
    }
  }

  /** The other process has taken `count` events. */
  acknowledged(count: number): void {
    this.pending -= count;
    if (this.pending === 0 || performance.now() - this.reportedAt >= REPORT_DROPPED_MS) {
      this.reportDropped();
    }
  }

  /** Sends all queued events at once. */
  flush(): void {
    this.queue.flush();
    this.reportDropped();
  }

  private isLeftOut({ name, fields: { conn } }: ForwardedEvent): boolean {
    if (this.unlogged.has(conn)) {
      if (name === 'client_close') this.unlogged.delete(conn);
      return true;
    }
    const isDebug = events[name].level === 'debug';
    if (this.pending < (isDebug ? MAX_PENDING_DEBUG : MAX_PENDING)) return false;
    if (name === 'client_connect') this.unlogged.add(conn);
    // The later events of a connection in the log must follow; there are only a few.
    return isDebug || name === 'client_connect' || conn === undefined;
  }

  private reportDropped(): void {
    if (this.dropped === 0) return;
    this.send({ type: 'log', events: [], dropped: this.dropped });
    this.dropped = 0;
    this.reportedAt = performance.now();
  }
}
