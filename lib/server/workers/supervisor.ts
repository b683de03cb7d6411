import type { WorkerTimings } from './timings';

/**
 * - `starting`: its process runs, but does not listen yet
 * - `serving`
 * - `draining`: is stopping
 * - `gone`: has no process. It gets a new one when its retry is due, unless the pool stops
 */
export type WorkerState = 'starting' | 'serving' | 'draining' | 'gone';

/** `starting` lasts until the first process of each worker serves or has ended. */
export type PoolState = 'starting' | 'running' | 'stopping' | 'stopped';

/** How a process ended. */
export interface WorkerEnd {
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The error that it reported before, or why it could not be started. */
  readonly error?: Error;
}

/** Input of the supervisor. Workers are numbered from 0. */
export type SupervisorEvent =
  | { readonly type: 'start' }
  | { readonly type: 'serving'; readonly worker: number }
  /** It cannot listen, or reported an uncaught error. */
  | { readonly type: 'failed'; readonly worker: number; readonly error: Error }
  | { readonly type: 'exited'; readonly worker: number; readonly end: WorkerEnd }
  | { readonly type: 'answered'; readonly worker: number }
  /** Comes every `timings.ping`. */
  | { readonly type: 'tick' }
  | { readonly type: 'retryDue'; readonly worker: number }
  | { readonly type: 'stop' }
  /** It has stopped, and its process may end. */
  | { readonly type: 'drained'; readonly worker: number }
  /** The stop's deadline has passed, or the stop is to end now. */
  | { readonly type: 'cut' };

/** Why a worker ended: by itself (`exit`), or killed. */
export type EndReason = 'exit' | 'no_answer' | 'shutdown';

/** Output of the supervisor. */
export type SupervisorAction =
  | { readonly type: 'fork'; readonly worker: number }
  | { readonly type: 'kill'; readonly worker: number }
  | { readonly type: 'ping'; readonly worker: number }
  | { readonly type: 'drain'; readonly worker: number }
  /** Lets the process of a drained worker end. */
  | { readonly type: 'dismiss'; readonly worker: number }
  | { readonly type: 'retryLater'; readonly worker: number; readonly afterMs: number }
  | { readonly type: 'setStopDeadline' }
  /** No further worker will need the primary's listening socket. */
  | { readonly type: 'closeSocket' }
  | { readonly type: 'logStart'; readonly worker: number }
  /** It ended unasked. `retryMs` is undefined if it is not restarted. */
  | {
      readonly type: 'logEnd';
      readonly worker: number;
      readonly hadServed: boolean;
      readonly reason: EndReason;
      readonly end: WorkerEnd;
      readonly retryMs?: number;
    }
  /** Its process has ended, and its connections with it. */
  | { readonly type: 'reap'; readonly worker: number; readonly reason: EndReason }
  /** `count` workers serve now. */
  | { readonly type: 'reportServing'; readonly count: number }
  | { readonly type: 'started' }
  | { readonly type: 'startFailed'; readonly error: Error }
  | { readonly type: 'stopped' };

interface Worker {
  readonly number: number;
  state: WorkerState;
  servingSince: number | undefined;
  /** Ends in a row before it had served for `timings.steady`. */
  failures: number;
  unanswered: number;
  /** Why it was killed; undefined if it was not. */
  killed: EndReason | undefined;
  /** The error that it reported. */
  error: Error | undefined;
  /** Whether it was dismissed. */
  dismissed: boolean;
}

/**
 * Decides when workers are started, killed and stopped: events in, actions out. It has no processes, timers or clock.
 *
 * If a worker cannot listen at the first start, the whole start fails. Later, a worker that ends is restarted, with
 * growing delays if it keeps ending; one that does not answer is killed. A stop drains all workers, kills the rest at
 * its deadline, and is done when no process is left. If no worker runs when the stop begins, one is started to serve
 * the connections that wait in the kernel.
 */
export class Supervisor {
  private pool: PoolState = 'starting';
  private readonly workers: readonly Worker[];
  private failure: Error | undefined;
  private isSocketOpen = true;
  private reportedServing = 0;
  private actions: SupervisorAction[] = [];

  constructor(
    count: number,
    private readonly timings: WorkerTimings,
  ) {
    this.workers = Array.from({ length: count }, (_, number) => ({
      number,
      state: 'gone',
      servingSince: undefined,
      failures: 0,
      unanswered: 0,
      killed: undefined,
      error: undefined,
      dismissed: false,
    }));
  }

  get state(): PoolState {
    return this.pool;
  }

  stateOf(worker: number): WorkerState | undefined {
    return this.workers[worker]?.state;
  }

  /** @param now in ms, of a monotonic clock */
  handle(event: SupervisorEvent, now: number): readonly SupervisorAction[] {
    this.actions = [];
    if (this.pool === 'stopped') return this.actions;
    this.decide(event, now);
    const serving = this.count('serving');
    if (serving !== this.reportedServing) this.act({ type: 'reportServing', count: serving });
    this.reportedServing = serving;
    this.checkStarted();
    this.checkStopped();
    return this.actions;
  }

  private decide(event: SupervisorEvent, now: number): void {
    switch (event.type) {
      case 'start':
        this.workers.forEach((worker) => this.fork(worker));
        return;
      case 'tick':
        this.workers.forEach((worker) => this.ping(worker));
        return;
      case 'stop':
        this.stop();
        return;
      case 'cut':
        this.pool = 'stopping';
        this.workers.forEach((worker) => this.kill(worker, 'shutdown'));
        return;
    }
    const worker = this.workers[event.worker];
    if (worker === undefined) return;
    switch (event.type) {
      case 'serving':
        this.serving(worker, now);
        return;
      case 'failed':
        this.failed(worker, event.error);
        return;
      case 'exited':
        this.exited(worker, event.end, now);
        return;
      case 'answered':
        worker.unanswered = 0;
        return;
      case 'retryDue':
        if (this.pool !== 'stopping' && worker.state === 'gone') this.fork(worker);
        return;
      case 'drained':
        worker.dismissed = true;
        this.act({ type: 'dismiss', worker: worker.number });
        return;
    }
  }

  private act(action: SupervisorAction): void {
    this.actions.push(action);
  }

  private count(state: WorkerState): number {
    return this.workers.filter((worker) => worker.state === state).length;
  }

  private fork(worker: Worker): void {
    worker.state = 'starting';
    worker.servingSince = undefined;
    worker.unanswered = 0;
    worker.killed = undefined;
    worker.error = undefined;
    worker.dismissed = false;
    this.act({ type: 'fork', worker: worker.number });
  }

  private serving(worker: Worker, now: number): void {
    if (worker.state !== 'starting') return;
    worker.state = 'serving';
    worker.servingSince = now;
    this.act({ type: 'logStart', worker: worker.number });
    if (this.pool === 'stopping') this.drain(worker);
  }

  private failed(worker: Worker, error: Error): void {
    if (worker.state === 'gone') return;
    worker.error = error;
    this.kill(worker, 'exit');
    if (this.pool !== 'starting' || worker.state !== 'starting') return;
    this.failure = error;
    this.pool = 'stopping';
    this.workers.forEach((other) => this.kill(other, 'shutdown'));
  }

  private exited(worker: Worker, { error = worker.error, ...end }: WorkerEnd, now: number): void {
    const { number, servingSince, killed: reason = 'exit' } = worker;
    if (worker.state === 'gone') return;
    worker.state = 'gone';
    if (servingSince !== undefined && now - servingSince >= this.timings.steady) worker.failures = 0;
    const isFailedStart = this.pool === 'starting' && this.count('starting') + this.count('serving') === 0;
    if (isFailedStart) {
      this.failure = error ?? new Error(`a worker process ended before it listened (${end.signal ?? end.code ?? ''})`);
      this.pool = 'stopping';
    }
    const retryMs = this.pool === 'stopping' ? undefined : this.retryDelay(worker);
    if (!worker.dismissed && this.failure === undefined) {
      const hadServed = servingSince !== undefined;
      const endWithError = { ...end, ...(error && { error }) };
      this.act({
        type: 'logEnd',
        worker: number,
        hadServed,
        reason,
        end: endWithError,
        ...(retryMs !== undefined && { retryMs }),
      });
    }
    this.act({ type: 'reap', worker: number, reason });
    if (retryMs !== undefined) this.act({ type: 'retryLater', worker: number, afterMs: retryMs });
  }

  private retryDelay(worker: Worker): number {
    const { retry, retryMax } = this.timings;
    const delay = Math.min(retry * 2 ** worker.failures, retryMax);
    worker.failures += 1;
    return delay;
  }

  private ping(worker: Worker): void {
    if (worker.state === 'gone') return;
    if (worker.unanswered >= this.timings.unansweredPings) {
      this.kill(worker, 'no_answer');
      return;
    }
    worker.unanswered += 1;
    this.act({ type: 'ping', worker: worker.number });
  }

  private kill(worker: Worker, reason: EndReason): void {
    if (worker.state === 'gone' || worker.killed !== undefined) return;
    worker.killed = reason;
    this.act({ type: 'kill', worker: worker.number });
  }

  private stop(): void {
    if (this.pool === 'stopping') return;
    if (this.pool === 'starting') this.act({ type: 'started' });
    this.pool = 'stopping';
    this.act({ type: 'setStopDeadline' });
    const [first] = this.workers;
    if (first !== undefined && this.count('gone') === this.workers.length) this.fork(first);
    for (const worker of this.workers) if (worker.state === 'serving') this.drain(worker);
  }

  private drain(worker: Worker): void {
    worker.state = 'draining';
    this.act({ type: 'drain', worker: worker.number });
  }

  private checkStarted(): void {
    if (this.pool !== 'starting' || this.count('starting') > 0) return;
    this.pool = 'running';
    this.act({ type: 'started' });
  }

  private checkStopped(): void {
    if (this.pool !== 'stopping') return;
    if (this.isSocketOpen && this.count('starting') === 0) {
      this.isSocketOpen = false;
      this.act({ type: 'closeSocket' });
    }
    if (this.count('gone') < this.workers.length) return;
    this.pool = 'stopped';
    this.act(this.failure === undefined ? { type: 'stopped' } : { type: 'startFailed', error: this.failure });
  }
}
