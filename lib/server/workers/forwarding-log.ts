import { type EventName, events } from '../../log/events';
import { LogQueue } from '../../log/queue';
import type { ServerLog } from '../server-options';
import type { ForwardedEvent, FromWorker } from './messages';

/**
 * Events that may be under way to the process that writes the log, or gathered for it: some megabytes at both ends. Those of
 * single frames have a limit of their own, so that they do not take the way from those of connections.
 */
const MAX_PENDING = 16_384;
const MAX_PENDING_DEBUG = 4096;

/** What was dropped is told when all that was sent has been taken, and at the latest after this, in ms. */
const TELL_DROPPED_MS = 1_000;

/**
 * The log of a worker: hands its events to the process that writes them. When that does not keep up, events are dropped, and
 * counted. A connection is logged from its `client_connect` to its `client_close`, or not at all.
 */
export class ForwardingLog implements ServerLog {
  /** Events that were not acknowledged yet. */
  private pending = 0;
  private dropped = 0;
  private toldAt = 0;
  /** Connections whose `client_connect` was dropped. */
  private readonly unlogged = new Set<unknown>();
  private readonly queue: LogQueue<ForwardedEvent>;

  constructor(
    readonly debugEnabled: boolean,
    private readonly tell: (message: Extract<FromWorker, { type: 'log' }>) => void,
  ) {
    this.queue = new LogQueue((events) => this.tell({ type: 'log', events, dropped: 0 }));
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

  /** So many events have been taken. */
  acknowledged(count: number): void {
    this.pending -= count;
    if (this.pending === 0 || performance.now() - this.toldAt >= TELL_DROPPED_MS) this.tellDropped();
  }

  /** Hands over what was gathered. */
  flush(): void {
    this.queue.flush();
    this.tellDropped();
  }

  private isLeftOut({ name, fields: { conn } }: ForwardedEvent): boolean {
    if (this.unlogged.has(conn)) {
      if (name === 'client_close') this.unlogged.delete(conn);
      return true;
    }
    const isDebug = events[name].level === 'debug';
    if (this.pending < (isDebug ? MAX_PENDING_DEBUG : MAX_PENDING)) return false;
    if (name === 'client_connect') this.unlogged.add(conn);
    // What becomes of a connection that is in the log has to follow. It is a few events of each.
    return isDebug || name === 'client_connect' || conn === undefined;
  }

  private tellDropped(): void {
    if (this.dropped === 0) return;
    this.tell({ type: 'log', events: [], dropped: this.dropped });
    this.dropped = 0;
    this.toldAt = performance.now();
  }
}
