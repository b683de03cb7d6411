import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { EventName } from '../../log/events';
import { errnoOf, errorCode } from '../../errors/error-code';
import type { StopResult } from '../frame-server';
import type { ServerLog, ServerOptions } from '../server-options';
import { PoolStats } from '../stats/pool-stats';
import { checkCredentials } from '../make-tls-acceptor';
import { type ServerCredentials, completeCredentials } from '../server-tls';
import { BoundSocket } from './bound-socket';
import type { FromWorker, ToWorker } from './messages';
import type { Resource } from '../admission/place-messages';
import { MessageBatcher } from './message-batcher';
import { SharedPlaces } from '../admission/shared-places';
import { type EndReason, Supervisor, type SupervisorAction, type SupervisorEvent, type WorkerEnd } from './supervisor';
import { type WorkerTimings, defaultTimings } from './timings';
import { ConnectionNumbers, WorkerLog } from './worker-log';

/** `reason` in the `client_close` of connections that a worker left open, by why it ended. */
const closeReasons = {
  exit: 'worker_exit',
  no_answer: 'worker_exit',
  shutdown: 'shutdown',
} as const satisfies Record<EndReason, EventName>;

/** The longest delay of setTimeout, in ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

interface WorkerProcess {
  readonly process: ClusterWorker;
  readonly outgoing: MessageBatcher<ToWorker>;
  readonly log: WorkerLog;
  /** Called in order, each when it uses the credentials that it was sent, or has ended. */
  readonly onCredentials: (() => void)[];
}

export interface WorkerPoolSettings {
  /** Called with the number of serving workers whenever it changes. */
  readonly onServing?: (count: number) => void;
  readonly timings?: WorkerTimings;
}

/**
 * An echo service in several processes: whichever accepts a connection first serves it, the limits hold for all
 * together, one log has all events, and a worker that dies or hangs is replaced. {@link Supervisor} decides; this class
 * acts, with node:cluster.
 */
export class WorkerPool {
  private readonly supervisor: Supervisor;
  private readonly timings: WorkerTimings;
  private readonly onServing: (count: number) => void;
  private stats: PoolStats<WorkerProcess> | undefined;
  private readonly processes = new Map<number, WorkerProcess>();
  private readonly places: Readonly<Record<Resource, SharedPlaces>>;
  private readonly numbers = new ConnectionNumbers();
  private readonly timers = new Set<NodeJS.Timeout>();
  private pings: NodeJS.Timeout | undefined;
  private socket: BoundSocket | undefined;
  private onStart: (error?: Error) => void = () => undefined;
  private onStopped: () => void = () => undefined;
  private stopping: Promise<void> | undefined;
  private cutOff = 0;

  /**
   * @param count number of workers
   * @param log receives the events of all of them
   */
  constructor(
    private options: ServerOptions,
    count: number,
    private readonly log: ServerLog,
    { onServing = () => undefined, timings = defaultTimings }: WorkerPoolSettings = {},
  ) {
    if (options.tls) checkCredentials(options.tls);
    this.timings = timings;
    this.onServing = onServing;
    this.supervisor = new Supervisor(count, timings);
    this.places = {
      connections: new SharedPlaces(options.maxConnections, count, 'refuse'),
      serving: new SharedPlaces(options.concurrency, count, 'wait'),
    };
  }

  /** Like {@link FrameServer.count}, for all workers. Call it before {@link listen}. */
  count(): Pick<PoolStats<never>, 'read'> {
    const ask = ({ outgoing }: WorkerProcess): void => outgoing.post({ type: 'getStats' });
    return (this.stats ??= new PoolStats(ask, this.timings.stats));
  }

  /**
   * Starts the workers. Resolves when each of them listens or, if at least one does, waits to be restarted.
   * @param socket to listen on instead of `host` and `port`
   * @throws the system's error if none can listen
   */
  async listen(socket?: BoundSocket): Promise<AddressInfo> {
    const { host, port } = this.options;
    this.socket = socket ?? (await BoundSocket.bind(host, port));
    const { address } = this.socket;
    // Each worker accepts for itself: passing a connection from the primary costs more than serving it.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: require.resolve('./worker'), args: [], execArgv: process.execArgv });
    process.once('exit', this.killAll); // a worker that hangs would outlive this process
    this.pings = setInterval(() => {
      this.dispatch({ type: 'tick' });
      this.stats?.refresh();
    }, this.timings.ping);
    await new Promise<void>((resolve, reject) => {
      this.onStart = (error) => (error === undefined ? resolve() : reject(error));
      this.dispatch({ type: 'start' });
    });
    return address;
  }

  /**
   * Stops all workers, like {@link FrameServer.stop}. One that does not stop in time is killed, and its clients count
   * as cut off.
   */
  async stop(): Promise<StopResult> {
    this.stopping ??= new Promise<void>((resolve) => {
      this.onStopped = resolve;
      this.dispatch({ type: 'stop' });
    });
    await this.stopping;
    return { cut: this.cutOff };
  }

  /**
   * Like {@link FrameServer.setCredentials}, for all workers, including those that start later. Resolves when all use
   * them.
   * @throws {CredentialsError} for a certificate or key that cannot be used; then nothing is replaced
   */
  async setCredentials(given: ServerCredentials): Promise<void> {
    const tls = completeCredentials(this.options.tls, given);
    checkCredentials(tls);
    this.options = { ...this.options, tls };
    const use = ({ outgoing, onCredentials }: WorkerProcess): Promise<void> =>
      new Promise((resolve) => {
        onCredentials.push(resolve);
        outgoing.post({ type: 'credentials', credentials: tls });
      });
    await Promise.all([...this.processes.values()].map(use));
  }

  /** Kills the workers, and logs the close of their connections. */
  cut(): void {
    for (const { log } of this.processes.values()) this.cutOff += log.end('shutdown');
    this.dispatch({ type: 'cut' });
  }

  private dispatch(event: SupervisorEvent): void {
    for (const action of this.supervisor.handle(event, performance.now())) this.act(action);
  }

  private act(action: SupervisorAction): void {
    switch (action.type) {
      case 'fork':
        this.fork(action.worker);
        break;
      case 'kill':
        this.processes.get(action.worker)?.process.process.kill('SIGKILL');
        break;
      case 'ping':
        this.tell(action.worker, { type: 'ping' });
        break;
      case 'drain':
        this.tell(action.worker, { type: 'stop' });
        break;
      case 'dismiss':
        this.processes.get(action.worker)?.process.disconnect();
        break;
      case 'retryLater':
        this.later({ type: 'retryDue', worker: action.worker }, action.afterMs);
        this.stats?.restarted();
        break;
      case 'setStopDeadline':
        this.later({ type: 'cut' }, this.options.shutdownTimeout * 1000 + this.timings.stopGrace);
        break;
      case 'closeSocket':
        this.closeSocket();
        break;
      case 'logStart':
        this.log.event('worker_start', { pid: this.pidOf(action.worker) });
        break;
      case 'logEnd':
        this.logEnd(action);
        break;
      case 'reap':
        this.reap(action.worker, action.reason);
        break;
      case 'reportServing':
        this.onServing(action.count);
        break;
      case 'started':
        this.onStart();
        break;
      case 'startFailed':
        this.cleanUp();
        this.onStart(action.error);
        break;
      case 'stopped':
        this.cleanUp();
        this.onStopped();
        break;
    }
  }

  private later(event: SupervisorEvent, afterMs: number): void {
    const due = (): void => {
      this.timers.delete(timer);
      this.dispatch(event);
    };
    const timer = setTimeout(due, Math.min(afterMs, MAX_DELAY_MS));
    this.timers.add(timer);
  }

  private readonly killAll = (): void => {
    for (const { process } of this.processes.values()) process.process.kill('SIGKILL');
  };

  private cleanUp(): void {
    process.off('exit', this.killAll);
    clearInterval(this.pings);
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }

  private pidOf(worker: number): number | undefined {
    return this.processes.get(worker)?.process.process.pid;
  }

  private tell(worker: number, message: ToWorker): void {
    this.processes.get(worker)?.outgoing.post(message);
  }

  private fork(worker: number): void {
    const exited = (end: WorkerEnd): void => this.dispatch({ type: 'exited', worker, end });
    const failed = (error: Error): void => exited({ code: null, signal: null, error });
    let forked: ClusterWorker;
    try {
      forked = cluster.fork();
    } catch (error) {
      setImmediate(() => failed(error as Error));
      return;
    }
    if (forked.process.pid === undefined) {
      forked.once('error', failed);
      return;
    }
    this.setUp(worker, forked);
    let end: WorkerEnd | undefined;
    const finish = (): void => {
      if (end !== undefined && !forked.isConnected()) exited(end);
    };
    // Messages that it sent before it ended are still read.
    forked.on('disconnect', finish);
    forked.on('exit', (code: number | null, signal: string | null) => {
      end = signal === null ? { code, signal } : { code: null, signal };
      finish();
    });
  }

  private setUp(worker: number, forked: ClusterWorker): void {
    const { options, log } = this;
    const sent = (): void => undefined; // a failure is ignored: the worker's end follows
    const send = (messages: readonly ToWorker[], socket?: object): void => {
      if (forked.isConnected()) forked.process.send(messages, socket as undefined, {}, sent);
    };
    const process: WorkerProcess = {
      process: forked,
      outgoing: new MessageBatcher<ToWorker>((messages) => send(messages)),
      log: new WorkerLog(log, this.numbers),
      onCredentials: [],
    };
    this.processes.set(worker, process);
    this.stats?.add(process);
    forked.on('error', () => undefined);
    forked.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.handleMessage(worker, process, message);
    });
    const isCounted = this.stats !== undefined;
    send([{ type: 'listen', options, debugEnabled: log.debugEnabled, isCounted }], this.socket?.handle);
    for (const of of ['connections', 'serving'] as const) {
      this.places[of].add(process, (order) => process.outgoing.post({ type: 'place', of, order }));
    }
  }

  private handleMessage(worker: number, process: WorkerProcess, message: FromWorker): void {
    switch (message.type) {
      case 'listen':
        this.dispatch({ type: 'serving', worker });
        break;
      case 'fail': {
        const error = Object.assign(new Error(message.error.message), message.error.fields);
        this.dispatch({ type: 'failed', worker, error });
        break;
      }
      case 'place':
        this.places[message.of].handle(process, message.notice);
        break;
      case 'log': {
        const { events, dropped } = message;
        for (const event of events) process.log.take(event);
        if (events.length > 0) process.outgoing.post({ type: 'logged', count: events.length });
        if (dropped > 0) this.log.event('log_dropped', { pid: this.pidOf(worker), count: dropped });
        break;
      }
      case 'stats':
        this.stats?.take(process, message.stats);
        break;
      case 'credentials':
        process.onCredentials.shift()?.();
        break;
      case 'pong':
        this.dispatch({ type: 'answered', worker });
        break;
      case 'stop':
        this.cutOff += message.cut;
        this.dispatch({ type: 'drained', worker });
        break;
    }
  }

  private logEnd({ worker, hadServed, reason, end, retryMs }: Extract<SupervisorAction, { type: 'logEnd' }>): void {
    const { signal, error } = end;
    const code = errorCode(error) ?? end.code;
    const errno = errnoOf(errorCode(error));
    this.log.event(hadServed ? 'worker_exit' : 'worker_failed', {
      pid: this.pidOf(worker),
      code,
      ...(errno !== undefined && { errno }),
      signal,
      reason,
      ...(error && { message: error.message }),
      ...(retryMs !== undefined && { retry_in_sec: retryMs / 1000 }),
    });
  }

  private reap(worker: number, reason: EndReason): void {
    const process = this.processes.get(worker);
    if (process === undefined) return;
    this.processes.delete(worker);
    for (const resolve of process.onCredentials) resolve();
    const left = process.log.end(closeReasons[reason]);
    this.stats?.remove(process, closeReasons[reason]);
    if (this.supervisor.state !== 'running') this.cutOff += left;
    for (const places of Object.values(this.places)) places.remove(process);
  }

  /** Without a worker, the clients that wait in the kernel are cut off. If their number is unknown, one is assumed. */
  private closeSocket(): void {
    if (this.processes.size === 0) this.cutOff += this.socket?.queued ?? 1;
    this.socket?.close();
  }
}
