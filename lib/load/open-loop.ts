import type { LoadClient } from './load-client';
import { Latencies } from './measure/latencies';

/** What setTimeout cannot be trusted with, in ms: for the last bit the loop spins, or every latency would hold a timer's delay. */
const SPIN_MS = 2;

/**
 * Hands out messages when they are due, whatever the server does: the n-th at start + n / rate.
 *
 * A message that is due while no client can take it, because none is connected or the server takes no more bytes, is not dropped: it is
 * sent as soon as one can, and its latency counts from when it was due. So a server that stalls shows all of its stall.
 * @see https://github.com/giltene/wrk2 on coordinated omission
 */
export class OpenLoop {
  /** How much later than due this process came to send, in ms: what it adds to latencies itself. */
  readonly lateness = new Latencies();
  /** Messages handed out. */
  private issued = 0;
  /** Messages that were due when it last looked. */
  private due = 0;
  private next = 0;
  private timer: NodeJS.Timeout | undefined;
  private spin: NodeJS.Immediate | undefined;
  private stopped = false;
  private readonly clients: LoadClient[] = [];

  /**
   * @param rate messages a second
   * @param start when the first is due, as performance.now() counts
   * @param total how many there are to send; Infinity where time ends the run
   */
  constructor(
    private readonly rate: number,
    private readonly start: number,
    private readonly total: number,
  ) {}

  /** Messages that were due and could not be handed out. */
  get unsent(): number {
    return this.due - this.issued;
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

  /** Hands out what became due since it last looked, and nothing any more. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.spin);
    this.look(performance.now());
  }

  /** Hands out what is due to those who have room, in turn. */
  dispatch(): void {
    const step = 1000 / this.rate;
    let idle = 0; // clients in a row that had no room
    while (this.issued < this.due && idle < this.clients.length) {
      this.next = (this.next + 1) % this.clients.length;
      const client = this.clients[this.next] as LoadClient;
      const share = Math.max(1, Math.floor((this.due - this.issued) / this.clients.length));
      const count = Math.min(client.room, share);
      idle = count > 0 ? 0 : idle + 1;
      if (count === 0) continue;
      client.issue(count, this.dueAt(this.issued), step);
      this.issued += count;
    }
  }

  private readonly tick = (): void => {
    if (this.stopped) return;
    const now = performance.now();
    this.look(now);
    if (this.due >= this.total) return;
    const wait = this.dueAt(this.due) - now;
    if (wait > SPIN_MS) this.timer = setTimeout(this.tick, wait - SPIN_MS);
    else this.spin = setImmediate(this.tick);
  };

  private look(now: number): void {
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
