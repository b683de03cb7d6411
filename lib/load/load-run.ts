import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameClientError } from '../client/client-error';
import { hostPort } from '../net/host-port';
import type { Latencies } from './measure/latencies';
import { type ClientResult, LINGER_MS, LoadClient, type LoadContext } from './load-client';
import { Measurement } from './measure/measurement';
import { type Sample, Sampler } from './measure/sampler';
import { StageTallies, StageTally } from './measure/stage-tally';
import { messageSizes } from './message-sizes';
import { rateSchedule } from '../config/rate-schedule';
import { OpenLoop } from './open-loop';
import type { Plan } from './plan';
import { Reachability } from './reachability';
import { Schedule } from './schedule';
import { type ClientShare, type Shard, WHOLE, clientShare, takenOf } from './share';
import { type ProcessUsage, ProcessMonitor } from './measure/process-monitor';

/** ms before a client that failed connects again, in a run that ends by time. */
const RECONNECT_MS = 100;
/** ms that replies may take after a run's time is up, where no timeout is set. */
const DRAIN_MS = 5000;
/** A run that ends by count is given up after this many clients have failed in a row, with no good reply for as many timeouts. */
const GIVE_UP_AFTER = 3;
/** ms between two looks at whether a stage is complete. */
const STAGE_CHECK_MS = 50;

/** What came of a run. */
export interface LoadOutcome {
  readonly plan: Plan;
  /** The clients that this process drove. */
  readonly share: ClientShare;
  readonly measurement: Measurement;
  /** When it started, and how many ms that was after it was to start. */
  readonly startedAt: Date;
  readonly startLateMs: number;
  /** In the order of their numbers; in a run that ends by time, one for each connection. */
  readonly clients: readonly ClientResult[];
  /** How long the measurement took, in ms. */
  readonly durationMs: number;
  /** Whether it was stopped before its end. */
  readonly interrupted: boolean;
  /** Whether it was ended at a stage. */
  readonly endedEarly: boolean;
  /** Clients that never started, because the run was interrupted or given up. */
  readonly notRun: number;
  readonly gaveUp: boolean;
  /** Why no client could connect; undefined where one did. */
  readonly unreachable: FrameClientError | undefined;
  /** In an open loop: messages that were due and could not be sent, and how late this process was. */
  readonly openLoop: { readonly unsent: number; readonly lateness: Latencies } | undefined;
  readonly self: ProcessUsage;
}

/** How a process takes part in a run. */
export interface RunOptions {
  /** The part of the plan that this process drives. Default: all of it. */
  readonly part?: Shard;
  /** When to start, in ms since 1970. Default: at once. */
  readonly startAt?: number | undefined;
  /** Called with the run when it starts. */
  readonly onStart?: () => void;
  /** Called each second. */
  readonly onSample?: (sample: Sample) => void;
  /** Called for each stage of a schedule, in order, once its messages are accounted for, or the next stage is over, too. */
  readonly onStage?: (stage: StageTally, measuredMs: number) => void;
  /** Aborted to end the run in order: nothing more is sent, and replies are awaited. */
  readonly end?: AbortSignal;
}

/** Runs a load test to its end, or until `stop` is aborted. Faults of the server are counted in the outcome and do not reject. */
export async function runLoad(plan: Plan, stop: AbortSignal, options: RunOptions = {}): Promise<LoadOutcome> {
  const { startAt } = options;
  if (startAt !== undefined) {
    await delay(Math.max(0, startAt - Date.now()), undefined, { signal: stop }).catch(() => undefined);
  }
  const run = new LoadRun(plan, stop, options);
  options.onStart?.();
  return run.finish();
}

class LoadRun {
  readonly started = performance.now();
  private readonly startedAt = new Date();
  readonly measurement: Measurement;
  private readonly context: LoadContext;
  private readonly openLoop: OpenLoop | undefined;
  /** Aborted to close all connections at once. */
  private readonly cut = new AbortController();
  private readonly active = new Set<LoadClient>();
  private readonly results: ClientResult[] = [];
  /** Aborted when no more clients are to start. */
  private readonly over = new AbortController();
  private drainDeadline: NodeJS.Timeout | undefined;
  /** Whether it went on until its time was up; by a timer, which may be a little early. */
  private isTimeUp = false;
  private gaveUp = false;
  private notRun = 0;
  private nextClient: number;
  private readonly share: ClientShare;
  /** When it was ended early, by performance.now(). */
  private endedAt: number | undefined;
  /** Stages that `onStage` was called for. */
  private stagesDone = 0;
  private nextConnect = 0;
  private failedInARow = 0;
  private readonly reachability = new Reachability();

  constructor(
    readonly plan: Plan,
    private readonly stop: AbortSignal,
    private readonly options: RunOptions,
  ) {
    const { started } = this;
    const { part: shard = WHOLE } = options;
    const { durationMs, warmupMs, messages } = plan;
    this.share = clientShare(plan, shard);
    this.nextClient = this.share.first;
    const schedule = new Schedule(rateSchedule(plan.rate) ?? [], warmupMs);
    const dueBefore = (ms: number): number => takenOf(schedule.countBefore(ms), shard);
    const tallies = schedule.stages.map(
      (stage) => new StageTally(stage, dueBefore(stage.endMs) - dueBefore(stage.startMs)),
    );
    this.measurement = new Measurement(started + warmupMs, new StageTallies(tallies, started));
    if (durationMs !== undefined) this.measurement.until = this.measurement.from + durationMs;
    if (plan.rate !== undefined) {
      const total =
        messages === undefined
          ? dueBefore(warmupMs + (durationMs ?? 0))
          : dueBefore(warmupMs) + messages * this.share.clients;
      this.openLoop = new OpenLoop({ schedule, shard, start: started, total, measurement: this.measurement });
    }
    setMaxListeners(0, this.over.signal); // each client that waits adds one
    let number = shard.index;
    this.context = {
      plan,
      measurement: this.measurement,
      nextSize: messageSizes(plan.payload),
      nextNumber: () => {
        const next = number;
        number += shard.of;
        return next;
      },
      signal: this.cut.signal,
      closedLoop: this.openLoop === undefined,
      onConnected: () => this.reachability.onConnected(),
      onRoom: () => this.openLoop?.dispatch(),
      lingerMs: LINGER_MS,
    };
  }

  async finish(): Promise<LoadOutcome> {
    const { plan, measurement, openLoop, cut } = this;
    const interrupt = (): void => {
      this.over.abort();
      cut.abort();
    };
    if (this.stop.aborted) interrupt();
    this.stop.addEventListener('abort', interrupt);
    const self = new ProcessMonitor();
    const clock =
      plan.durationMs === undefined ? undefined : setTimeout(() => this.timeUp(true), plan.warmupMs + plan.durationMs);
    const stageCheck = setInterval(() => this.checkStages(), STAGE_CHECK_MS);
    const endEarly = (): void => {
      this.endedAt = performance.now();
      this.measurement.until = Math.min(this.measurement.until, this.endedAt);
      this.timeUp(false);
    };
    this.options.end?.addEventListener('abort', endEarly);
    const { onSample } = this.options;
    const sampler = onSample && new Sampler(measurement, () => openLoop?.unsent ?? 0, onSample);
    openLoop?.run();
    await Promise.all(Array.from({ length: this.share.concurrency }, () => this.slot()));
    const ended = performance.now();
    openLoop?.stop();
    clearTimeout(clock);
    clearInterval(stageCheck);
    this.checkStages(true);
    sampler?.stop();
    this.options.end?.removeEventListener('abort', endEarly);
    clearTimeout(this.drainDeadline);
    this.stop.removeEventListener('abort', interrupt);

    return {
      plan,
      share: this.share,
      measurement,
      startedAt: this.startedAt,
      startLateMs: Math.max(0, this.startedAt.getTime() - (this.options.startAt ?? Infinity)),
      clients: this.results.sort((a, b) => a.number - b.number),
      durationMs: Math.max(0, this.measuredMs(ended)),
      interrupted: this.stop.aborted,
      endedEarly: this.options.end?.aborted ?? false,
      notRun: plan.durationMs === undefined ? this.notRun + this.share.first + this.share.clients - this.nextClient : 0,
      gaveUp: this.gaveUp,
      unreachable: this.reachability.isUnreachable && !this.stop.aborted ? this.results[0]?.fault : undefined,
      openLoop: openLoop && { unsent: openLoop.unsent, lateness: openLoop.lateness },
      self: self.stop(),
    };
  }

  /**
   * How long was measured, in ms. In a run that ends by time: until the time was up, though the last replies may come later. In a run that
   * ends by count: until the last reply if all were good, as waiting for the server's FIN is no load.
   */
  private measuredMs(ended: number): number {
    const { durationMs } = this.plan;
    const { from, ok, errors, lastOkAt } = this.measurement;
    if (durationMs !== undefined)
      return this.isTimeUp ? durationMs : Math.min((this.endedAt ?? ended) - from, durationMs);
    return (ok > 0 && errors.length === 0 ? lastOkAt : ended) - from;
  }

  /**
   * Nothing more is sent, and replies to messages in flight are awaited for a while.
   * @param isOver whether the time is up; else the run is ended early
   */
  private timeUp(isOver: boolean): void {
    if (this.drainDeadline !== undefined) return;
    this.isTimeUp = isOver;
    this.over.abort();
    this.openLoop?.stop(isOver);
    for (const client of this.active) client.finish();
    const { timeout, host, port } = this.plan;
    const patience = timeout > 0 ? timeout * 1000 : DRAIN_MS;
    this.drainDeadline = setTimeout(() => {
      const words = `${hostPort(host, port)} left messages unanswered for ${patience / 1000} s after the run's time was up`;
      for (const client of this.active) client.giveUp(new FrameClientError('recv_timeout', words));
    }, patience);
  }

  /** Reports the stages that are complete. @param all the others that have begun, too: the run is over */
  private checkStages(all = false): void {
    const { all: tallies } = this.measurement.stages;
    const ms = (this.endedAt ?? performance.now()) - this.started;
    for (; this.stagesDone < tallies.length; this.stagesDone++) {
      const tally = tallies[this.stagesDone] as StageTally;
      const nextEnd = tallies[this.stagesDone + 1]?.stage.endMs ?? Infinity;
      const isComplete = ms >= tally.stage.endMs && (tally.ok >= tally.due || ms >= nextEnd);
      if (!isComplete && !(all && ms > tally.stage.startMs)) return;
      this.options.onStage?.(tally, ms - this.plan.warmupMs);
    }
  }

  /** Runs one client after another. */
  private async slot(): Promise<void> {
    const { first, clients } = this.share;
    while (this.nextClient < first + clients && !this.isOver()) {
      const number = this.nextClient++;
      if (this.plan.durationMs === undefined) await this.runClient(number);
      else await this.keepRunning(number);
    }
  }

  /** In a run that ends by time, a client that fails connects again, as users would. */
  private async keepRunning(number: number): Promise<void> {
    for (;;) {
      const result = await this.runClient(number);
      if (result?.fault === undefined || this.isOver()) return;
      await this.pause(RECONNECT_MS);
    }
  }

  private async runClient(number: number): Promise<ClientResult | undefined> {
    await this.waitForConnectRate();
    if (this.isOver()) {
      this.notRun += 1;
      return undefined;
    }
    const client = new LoadClient(number, this.context);
    this.active.add(client);
    this.openLoop?.add(client);
    this.reachability.onConnecting();
    const result = await client.run();
    this.active.delete(client);
    this.openLoop?.remove(client);
    this.results.push(result);
    this.failedInARow = result.fault === undefined ? 0 : this.failedInARow + 1;
    if (!result.connected) await this.reachability.onFailed();
    if (this.reachability.isUnreachable) this.over.abort();
    if (this.isServerGone()) {
      this.over.abort();
      this.gaveUp = true;
    }
    return result;
  }

  /** Whether to give up: every client that is left would wait for a timeout. */
  private isServerGone(): boolean {
    const { plan, measurement } = this;
    if (plan.durationMs !== undefined || this.failedInARow < GIVE_UP_AFTER) return false;
    const waited = performance.now() - Math.max(measurement.lastOkAt, this.started);
    return (
      plan.timeout > 0 &&
      waited > GIVE_UP_AFTER * plan.timeout * 1000 &&
      this.nextClient < this.share.first + this.share.clients
    );
  }

  private isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** Waits until the connect rate allows one more connection. */
  private async waitForConnectRate(): Promise<void> {
    const { connectRate } = this.share;
    if (connectRate === undefined) return;
    const now = performance.now();
    const turn = Math.max(now, this.nextConnect);
    this.nextConnect = turn + 1000 / connectRate;
    if (turn > now) await this.pause(turn - now);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.over.signal }).catch(() => undefined);
  }
}
