import type { LoadClient } from './load-client';
import { Latencies } from './measure/latencies';

/** setTimeout may fire this many ms late. The loop spins for as long before a message is due, to keep the delay out of the latencies. */
const SPIN_MS = 2;

/**
 * Has clients send messages when they are due, whatever the server does: message n at start + n / rate.
 *
 * When no client can send a message that is due, because none is connected or the server reads no more, it is sent as soon as one can.
 * Its latency counts from when it was due, so that a stall of the server is measured in full.
 * @see https://github.com/giltene/wrk2 on coordinated omission
 */
export class OpenLoop {
  /** ms from when a message was due to when this process noticed: its own share of the latency. */
  readonly lateness = new Latencies();
  /** Messages given to clients. */
  private sent = 0;
  /** Messages that were due at the last update. */
  private due = 0;
  private next = 0;
  private timer: NodeJS.Timeout | undefined;
  private spin: NodeJS.Immediate | undefined;
  private stopped = false;
  private readonly clients: LoadClient[] = [];

  /**
   * @param rate messages a second
   * @param start when the first is due, by performance.now()
   * @param total how many there are to send
   */
  constructor(
    private readonly rate: number,
    private readonly start: number,
    private readonly total: number,
  ) {}

  /** Messages that were due and that no client could send. */
  get unsent(): number {
    return this.due - this.sent;
  }

  add(client: LoadClient): void {
    this.clients.push(client);
  }

  remove(client: LoadClient): void {
    this.clients.splice(this.clients.indexOf(client), 1);
  }

  run(): void {
    this.tick();
  }

  /** Sends what is due by now, and nothing after that. A second call does nothing. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.spin);
    this.update(performance.now());
  }

  /** Gives the messages that are due to the clients that have room, in turn. */
  dispatch(): void {
    const step = 1000 / this.rate;
    let full = 0; // clients in a row that had no room
    while (this.sent < this.due && full < this.clients.length) {
      this.next = (this.next + 1) % this.clients.length;
      const client = this.clients[this.next] as LoadClient;
      const share = Math.max(1, Math.floor((this.due - this.sent) / this.clients.length));
      const count = Math.min(client.room, share);
      full = count > 0 ? 0 : full + 1;
      if (count === 0) continue;
      client.send(count, this.dueAt(this.sent), step);
      this.sent += count;
    }
  }

  private readonly tick = (): void => {
    if (this.stopped) return;
    const now = performance.now();
    this.update(now);
    if (this.due >= this.total) return;
    const wait = this.dueAt(this.due) - now;
    if (wait > SPIN_MS) this.timer = setTimeout(this.tick, wait - SPIN_MS);
    else this.spin = setImmediate(this.tick);
  };

  private update(now: number): void {
    const due = Math.min(this.total, Math.floor(((now - this.start) / 1000) * this.rate) + 1);
    if (due > this.due) {
      this.lateness.record(Math.max(0, now - this.dueAt(this.due)));
      this.due = due;
    }
    this.dispatch();
  }

  private dueAt(index: number): number {
    return this.start + (index * 1000) / this.rate;
  }
}
