import { ProcessStats } from './process-stats';
import { type CloseReason, type ServerStats, sum, zeroStats } from './server-stats';

/** What is known of a worker. */
interface Entry {
  /** Its last answer. */
  latest: ServerStats;
  /** How many times it was asked without an answer yet. */
  unanswered: number;
}

/**
 * The statistics of a service in several processes, as those of one. Each read asks all workers. One that does not
 * answer in time counts with its last answer, and so does one that has ended: {@link refresh} keeps that recent.
 */
export class PoolStats<Worker extends object> {
  private readonly own = new ProcessStats();
  private readonly workers = new Map<Worker, Entry>();
  private retired = zeroStats;
  private reading: Promise<ServerStats> | undefined;
  private onAnswered: () => void = () => undefined;

  /**
   * @param ask asks a worker; its answer is passed to {@link take}
   * @param deadlineMs how long to wait for answers, in ms
   */
  constructor(
    private readonly ask: (worker: Worker) => void,
    private readonly deadlineMs: number,
  ) {}

  add(worker: Worker): void {
    this.workers.set(worker, { latest: zeroStats, unanswered: 0 });
  }

  take(worker: Worker, stats: ServerStats): void {
    const entry = this.workers.get(worker);
    if (entry === undefined) return;
    entry.latest = stats;
    entry.unanswered = Math.max(entry.unanswered - 1, 0); // a worker that stops answers unasked
    this.onAnswered();
  }

  /**
   * A worker has ended, and its connections with it.
   * @param reason why those were closed
   */
  remove(worker: Worker, reason: CloseReason): void {
    const entry = this.workers.get(worker);
    if (entry === undefined) return;
    this.workers.delete(worker);
    const { counters } = entry.latest;
    const closed = Object.values(counters.closes).reduce((all, each) => all + each, 0);
    const closes = { ...counters.closes, [reason]: counters.closes[reason] + counters.accepted - closed };
    this.retired = sum(this.retired, { ...zeroStats, counters: { ...counters, closes } });
    this.onAnswered();
  }

  /** A worker that ended is started again. */
  restarted(): void {
    const { counters } = this.retired;
    this.retired = { ...this.retired, counters: { ...counters, workerRestarts: counters.workerRestarts + 1 } };
  }

  /** Asks each worker that has answered so far, without waiting: little is lost of one that ends before the next read. */
  refresh(): void {
    for (const [worker, entry] of this.workers) if (entry.unanswered === 0) this.askOne(worker, entry);
  }

  /** Concurrent calls share one result. */
  read(): Promise<ServerStats> {
    return (this.reading ??= this.gather().finally(() => (this.reading = undefined)));
  }

  private async gather(): Promise<ServerStats> {
    await this.askAll();
    const latest = [...this.workers.values()].map((entry) => entry.latest);
    return [this.retired, ...latest].reduce(sum, await this.own.read());
  }

  private async askAll(): Promise<void> {
    for (const [worker, entry] of this.workers) this.askOne(worker, entry);
    if (this.isAnswered) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, this.deadlineMs);
      this.onAnswered = () => {
        if (!this.isAnswered) return;
        clearTimeout(deadline);
        resolve();
      };
    });
  }

  private askOne(worker: Worker, entry: Entry): void {
    entry.unanswered += 1;
    this.ask(worker);
  }

  private get isAnswered(): boolean {
    return [...this.workers.values()].every(({ unanswered }) => unanswered === 0);
  }
}
