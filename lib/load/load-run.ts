import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FrameClientError } from '../client/client-error';
import { hostPort } from '../net/host-port';
import { FirstContact } from './first-contact';
import type { Latencies } from './measure/latencies';
import { type ClientResult, LINGER_MS, LoadClient, type LoadContext } from './load-client';
import { Measurement } from './measure/measurement';
import { messageSizes } from './message-sizes';
import { OpenLoop } from './open-loop';
import type { Plan } from './plan';
import { type ProcessUsage, ProcessMonitor } from './measure/process-monitor';

/** In a run of so many seconds, ms before a client that failed connects again. */
const RECONNECT_MS = 100;
/** ms that replies may take after the last message of a run of so many seconds, where no timeout is set. */
const DRAIN_MS = 5000;
/** Clients that must fail, and timeouts that must pass without one good reply, before a run of so many messages is given up. */
const GIVE_UP_AFTER = 3;

/** How a run went. */
export interface LoadOutcome {
  readonly plan: Plan;
  readonly measurement: Measurement;
  /** In order of their numbers; of a run of so many seconds, one for each connection. */
  readonly clients: readonly ClientResult[];
  /** How long was measured, in ms. */
  readonly durationMs: number;
  readonly interrupted: boolean;
  /** Clients that never had their turn: the run was interrupted or given up. */
  readonly notRun: number;
  readonly gaveUp: boolean;
  /** Why the run ended before it began, where no client ever connected. */
  readonly unreachable: FrameClientError | undefined;
  /** Of an open loop: messages that were due and could not be sent, and how late this process was. */
  readonly openLoop: { readonly unsent: number; readonly lateness: Latencies } | undefined;
  readonly self: ProcessUsage;
}

/** A run as it goes, for who shows it. */
export interface Running {
  readonly plan: Plan;
  readonly measurement: Measurement;
  /** When it started, as performance.now() counts. */
  readonly started: number;
}

/**
 * Runs a load test to its end, or until `stop` is aborted.
 * @param onStart given the run as it starts
 */
export async function runLoad(
  plan: Plan,
  stop: AbortSignal,
  onStart?: (running: Running) => void,
): Promise<LoadOutcome> {
  const run = new LoadRun(plan, stop);
  onStart?.(run);
  return run.toEnd();
}

class LoadRun implements Running {
  readonly started = performance.now();
  readonly measurement: Measurement;
  private readonly context: LoadContext;
  private readonly openLoop: OpenLoop | undefined;
  /** Closes all connections at once. */
  private readonly cut = new AbortController();
  private readonly active = new Set<LoadClient>();
  private readonly results: ClientResult[] = [];
  /** Aborted: no client begins any more. */
  private readonly over = new AbortController();
  private drainDeadline: NodeJS.Timeout | undefined;
  private gaveUp = false;
  private notRun = 0;
  private nextClient = 1;
  private nextConnect = 0;
  private failedInARow = 0;
  private readonly firstContact = new FirstContact();

  constructor(
    readonly plan: Plan,
    private readonly stop: AbortSignal,
  ) {
    this.measurement = new Measurement(this.started + plan.warmupMs);
    if (plan.rate !== undefined) {
      const dueIn = (ms: number): number => Math.ceil((ms / 1000) * (plan.rate ?? 0));
      const total =
        plan.messages === undefined
          ? dueIn(plan.warmupMs + (plan.durationMs ?? 0))
          : dueIn(plan.warmupMs) + plan.messages * plan.clients;
      this.openLoop = new OpenLoop(plan.rate, this.started, total);
    }
    setMaxListeners(0, this.over.signal); // each client that pauses is one
    let number = 0;
    this.context = {
      plan,
      measurement: this.measurement,
      nextSize: messageSizes(plan.payload),
      nextNumber: () => number++,
      signal: this.cut.signal,
      closedLoop: this.openLoop === undefined,
      onConnected: () => this.firstContact.succeed(),
      onRoom: () => this.openLoop?.dispatch(),
      lingerMs: LINGER_MS,
    };
  }

  async toEnd(): Promise<LoadOutcome> {
    const { plan, measurement, openLoop, cut } = this;
    const interrupt = (): void => {
      this.over.abort();
      cut.abort();
    };
    if (this.stop.aborted) interrupt();
    this.stop.addEventListener('abort', interrupt);
    const self = new ProcessMonitor();
    const clock =
      plan.durationMs === undefined ? undefined : setTimeout(() => this.timeUp(), plan.warmupMs + plan.durationMs);
    openLoop?.run();
    await Promise.all(Array.from({ length: plan.concurrency }, () => this.slot()));
    const ended = performance.now();
    openLoop?.stop();
    clearTimeout(clock);
    clearTimeout(this.drainDeadline);
    this.stop.removeEventListener('abort', interrupt);

    return {
      plan,
      measurement,
      clients: this.results.sort((a, b) => a.number - b.number),
      durationMs: Math.max(0, this.measuredUntil(ended) - measurement.from),
      interrupted: this.stop.aborted,
      notRun: plan.durationMs === undefined ? this.notRun + plan.clients - (this.nextClient - 1) : 0,
      gaveUp: this.gaveUp,
      unreachable: this.firstContact.isHopeless && !this.stop.aborted ? this.results[0]?.fault : undefined,
      openLoop: openLoop && { unsent: openLoop.unsent, lateness: openLoop.lateness },
      self: self.stop(),
    };
  }

  /**
   * When what was measured came to its end. Of a run of so many messages that is its last good reply, where all were good: waiting for a
   * server's FIN is no load. Of a run of so many seconds it is when they were over: the last replies may come later.
   */
  private measuredUntil(ended: number): number {
    const { durationMs } = this.plan;
    const { from, ok, errors, lastOkAt } = this.measurement;
    if (durationMs !== undefined) return Math.min(ended, from + durationMs);
    return ok > 0 && errors.length === 0 ? lastOkAt : ended;
  }

  /** The time is up: nothing more is sent, and what is in flight may still come back, for a while. */
  private timeUp(): void {
    this.over.abort();
    this.openLoop?.stop();
    for (const client of this.active) client.finish();
    const { timeout, host, port } = this.plan;
    const patience = timeout > 0 ? timeout * 1000 : DRAIN_MS;
    this.drainDeadline = setTimeout(() => {
      const words = `${hostPort(host, port)} did not answer all within ${patience / 1000} s after the last message`;
      for (const client of this.active) client.giveUp(new FrameClientError('recv_timeout', words));
    }, patience);
  }

  /** One client after another, while there are more. */
  private async slot(): Promise<void> {
    while (this.nextClient <= this.plan.clients && !this.isOver()) {
      const number = this.nextClient++;
      if (this.plan.durationMs === undefined) await this.runClient(number);
      else await this.keepRunning(number);
    }
  }

  /** In a run of so many seconds a client that fails comes again, as users would. */
  private async keepRunning(number: number): Promise<void> {
    for (;;) {
      const result = await this.runClient(number);
      if (result?.fault === undefined || this.isOver()) return;
      await this.pause(RECONNECT_MS);
    }
  }

  private async runClient(number: number): Promise<ClientResult | undefined> {
    await this.connectTurn();
    if (this.isOver()) {
      this.notRun += 1;
      return undefined;
    }
    const client = new LoadClient(number, this.context);
    this.active.add(client);
    this.openLoop?.add(client);
    this.firstContact.begin();
    const result = await client.run();
    this.active.delete(client);
    this.openLoop?.remove(client);
    this.results.push(result);
    this.failedInARow = result.fault === undefined ? 0 : this.failedInARow + 1;
    if (!result.connected) await this.firstContact.fail();
    if (this.firstContact.isHopeless) this.over.abort();
    if (this.isHopeless()) {
      this.over.abort();
      this.gaveUp = true;
    }
    return result;
  }

  /** A server that is gone would cost a timeout for each client that is still to come. */
  private isHopeless(): boolean {
    const { plan, measurement } = this;
    if (plan.durationMs !== undefined || this.failedInARow < GIVE_UP_AFTER) return false;
    const waited = performance.now() - Math.max(measurement.lastOkAt, this.started);
    return plan.timeout > 0 && waited > GIVE_UP_AFTER * plan.timeout * 1000 && this.nextClient <= plan.clients;
  }

  private isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** Waits until one more connection may be made. */
  private async connectTurn(): Promise<void> {
    if (this.plan.connectRate === undefined) return;
    const now = performance.now();
    const turn = Math.max(now, this.nextConnect);
    this.nextConnect = turn + 1000 / this.plan.connectRate;
    if (turn > now) await this.pause(turn - now);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.over.signal }).catch(() => undefined);
  }
}
