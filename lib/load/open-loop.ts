import type { LoadClient } from './load-client';
import type { Measurement } from './measure/measurement';
import { Latencies } from './measure/latencies';
import type { Schedule } from './schedule';
import { type Shard, takenOf } from './share';

/** setTimeout may fire this many ms late. The loop spins for as long before a message is due, to keep the delay out of the latencies. */
const SPIN_MS = 2;
/** The longest delay of setTimeout. */
const LONGEST_MS = 0x7fff_ffff;
/** Messages of one batch are evenly spaced. On a ramp they are not, so batches are short. */
const LONGEST_BATCH = 32;
/** Lateness is recorded at most so many times for the messages that are noticed at one time. */
const MOST_GROUPS = 100;

export interface OpenLoopOptions {
  readonly schedule: Schedule;
  /** Every n-th message of the schedule belongs to this process. */
  readonly shard: Shard;
  /** When the schedule starts, by performance.now(). */
  readonly start: number;
  /** Messages to send, of this shard. */
  readonly total: number;
  readonly measurement: Measurement;
}

/**
 * Has clients send messages when they are due, whatever the server does.
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

  constructor(private readonly options: OpenLoopOptions) {}

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

  /**
   * Sends what is due by now, and nothing after that. A second call does nothing.
   * @param isOver whether the time is up, so that all messages are due: the timer that says so may be a little early
   */
  stop(isOver = false): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.spin);
    this.update(performance.now(), isOver);
  }

  /** Gives the messages that are due to the clients that have room, in turn. */
  dispatch(): void {
    let full = 0; // clients in a row that had no room
    while (this.sent < this.due && full < this.clients.length) {
      this.next = (this.next + 1) % this.clients.length;
      const client = this.clients[this.next] as LoadClient;
      const share = Math.max(1, Math.floor((this.due - this.sent) / this.clients.length));
      const { count, at, step } = this.batch(Math.min(client.room, share));
      full = count > 0 ? 0 : full + 1;
      if (count === 0) continue;
      client.send(count, at, step);
      this.sent += count;
    }
  }

  /** The next messages, at most `most`: as many as are evenly spaced, and of one stage. */
  private batch(most: number): { count: number; at: number; step: number } {
    const at = this.dueAt(this.sent);
    if (most <= 1) return { count: most, at, step: 0 };
    const { stages } = this.options.schedule;
    if (stages.length === 0) return { count: most, at, step: this.dueAt(this.sent + 1) - at };
    const end = this.options.measurement.stageEnd(at);
    let count = Math.min(most, LONGEST_BATCH);
    while (count > 1 && this.dueAt(this.sent + count - 1) >= end) count -= 1;
    return { count, at, step: count === 1 ? 0 : (this.dueAt(this.sent + count - 1) - at) / (count - 1) };
  }

  private readonly tick = (): void => {
    if (this.stopped) return;
    const now = performance.now();
    this.update(now);
    if (this.due >= this.options.total) return;
    const wait = this.dueAt(this.due) - now;
    if (wait > SPIN_MS) this.timer = setTimeout(this.tick, Math.min(LONGEST_MS, wait - SPIN_MS));
    else this.spin = setImmediate(this.tick);
  };

  private update(now: number, isOver = false): void {
    const { schedule, shard, start, total } = this.options;
    const byNow = now < start ? 0 : takenOf(schedule.countAt(now - start), shard);
    const due = isOver ? total : Math.min(total, byNow);
    if (due > this.due) {
      this.countLateness(due, now);
      this.due = due;
    }
    this.dispatch();
  }

  /** Counts how late the messages up to `due` were noticed. After a stall there are many: they are then counted in groups. */
  private countLateness(due: number, now: number): void {
    const group = Math.ceil((due - this.due) / MOST_GROUPS);
    for (let index = this.due; index < due; index += group) {
      const at = this.dueAt(index);
      const late = Math.max(0, now - at);
      const count = Math.min(group, due - index);
      this.lateness.record(late, count);
      this.options.measurement.countLateness(at, late, count);
    }
  }

  /** When a message of this shard is due, by performance.now(). */
  private dueAt(index: number): number {
    const { schedule, shard, start } = this.options;
    return start + schedule.dueAt(index * shard.of + shard.index);
  }
}
