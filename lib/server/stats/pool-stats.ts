import { ProcessStats } from './process-stats';
import { type CloseReason, type ServerStats, sum, zeroStats } from './server-stats';

/**
 * The numbers of a service on several processes, as those of one. Workers are asked when somebody wants to know. One that does not
 * answer in time counts with what it told last; of one that is gone, what it had counted stays.
 */
export class PoolStats<Worker extends object> {
  private readonly own = new ProcessStats();
  /** What each worker told last. */
  private readonly latest = new Map<Worker, ServerStats>();
  private readonly unanswered = new Set<Worker>();
  private retired = zeroStats;
  private reading: Promise<ServerStats> | undefined;
  private onAnswered: () => void = () => undefined;

  /**
   * @param ask asks a worker, whose answer is given to {@link take}
   * @param deadlineMs how long answers are waited for
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
    this.settle(worker);
  }

  /**
   * A worker is gone, and its connections with it.
   * @param reason why those are closed
   */
  remove(worker: Worker, reason: CloseReason): void {
    const last = this.latest.get(worker);
    if (last === undefined) return;
    this.latest.delete(worker);
    const { counters } = last;
    const closed = Object.values(counters.closes).reduce((all, each) => all + each, 0);
    const closes = { ...counters.closes, [reason]: counters.closes[reason] + counters.accepted - closed };
    this.retired = sum(this.retired, { ...zeroStats, counters: { ...counters, closes } });
    this.settle(worker);
  }

  /** A worker was started in place of one that is gone. */
  restarted(): void {
    const { counters } = this.retired;
    this.retired = { ...this.retired, counters: { ...counters, workerRestarts: counters.workerRestarts + 1 } };
  }

  /** Who asks while others wait for an answer gets the same one. */
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

  private settle(worker: Worker): void {
    if (this.unanswered.delete(worker) && this.unanswered.size === 0) this.onAnswered();
  }
}
