import { ProcessStats } from './process-stats';
import { type CloseReason, type ServerStats, sum, zeroStats } from './server-stats';

/**
 * The statistics of a service in several processes, as those of one. Each read asks all workers. One that does not
 * answer in time counts with its last answer, and so does one that has ended.
 */
export class PoolStats<Worker extends object> {
  private readonly own = new ProcessStats();
  /** Each worker's last answer. */
  private readonly latest = new Map<Worker, ServerStats>();
  private readonly unanswered = new Set<Worker>();
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
    this.latest.set(worker, zeroStats);
  }

  take(worker: Worker, stats: ServerStats): void {
    if (!this.latest.has(worker)) return;
    this.latest.set(worker, stats);
    this.answered(worker);
  }

  /**
   * A worker has ended, and its connections with it.
   * @param reason why those were closed
   */
  remove(worker: Worker, reason: CloseReason): void {
    const last = this.latest.get(worker);
    if (last === undefined) return;
    this.latest.delete(worker);
    const { counters } = last;
    const closed = Object.values(counters.closes).reduce((all, each) => all + each, 0);
    const closes = { ...counters.closes, [reason]: counters.closes[reason] + counters.accepted - closed };
    this.retired = sum(this.retired, { ...zeroStats, counters: { ...counters, closes } });
    this.answered(worker);
  }

  /** A worker that ended is started again. */
  restarted(): void {
    const { counters } = this.retired;
    this.retired = { ...this.retired, counters: { ...counters, workerRestarts: counters.workerRestarts + 1 } };
  }

  /** Concurrent calls share one result. */
  read(): Promise<ServerStats> {
    return (this.reading ??= this.gather().finally(() => (this.reading = undefined)));
  }

  private async gather(): Promise<ServerStats> {
    await this.askAll();
    return [this.retired, ...this.latest.values()].reduce(sum, await this.own.read());
  }

  private async askAll(): Promise<void> {
    for (const worker of this.latest.keys()) this.unanswered.add(worker);
    if (this.unanswered.size === 0) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, this.deadlineMs);
      this.onAnswered = () => {
        clearTimeout(deadline);
        resolve();
      };
      for (const worker of [...this.unanswered]) this.ask(worker);
    });
    this.unanswered.clear();
  }

  private answered(worker: Worker): void {
    if (this.unanswered.delete(worker) && this.unanswered.size === 0) this.onAnswered();
  }
}
