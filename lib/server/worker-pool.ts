import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { Client } from './admission';
import type { StopResult } from './frame-server';
import type { ServerLog, ServerOptions } from './options';
import { Outbox } from './outbox';
import { type PlaceKeeper, SharedAdmission } from './shared-admission';
import type { ForwardedEvent, FromWorker, ToWorker } from './worker-messages';

/** A worker that ended sooner than this after its start is replaced only after as long, in ms. */
const RESTART_PAUSE_MS = 1_000;

/** One worker process, and what is known of its clients. */
class PoolWorker implements PlaceKeeper {
  readonly startedAt = performance.now();
  /** By the worker's own number of the client. */
  readonly clients = new Map<number, Client>();
  /** What names the connections that are open, by the worker's number: for their `client_close` if it cannot tell it. */
  readonly open = new Map<unknown, Readonly<Record<string, unknown>>>();
  /** Set when it has stopped: how many clients were cut off. */
  cut: number | undefined;

  private readonly outbox = new Outbox<ToWorker>((messages) => {
    if (this.process.isConnected()) this.process.send(messages);
  });

  constructor(readonly process: Worker) {}

  tell(message: ToWorker): void {
    this.outbox.post(message);
  }

  keep(): void {
    this.tell({ do: 'keep' });
  }

  recall(): void {
    this.tell({ do: 'recall' });
  }
}

/**
 * An echo service on several processes, as one: connections go to whichever process accepts them first, the limits hold for all
 * together, one log has the events of all, and a worker that dies is replaced.
 */
export class WorkerPool {
  private readonly workers = new Set<PoolWorker>();
  private readonly admission: SharedAdmission;
  private connections = 0;
  private readonly restarts = new Set<NodeJS.Timeout>();
  private isStopping = false;
  private onStopped: (() => void) | undefined;
  private cut = 0;

  /**
   * @param count processes that serve
   * @param log told of the events of all
   */
  constructor(
    private readonly options: ServerOptions,
    private readonly count: number,
    private readonly log: ServerLog,
  ) {
    this.admission = new SharedAdmission(options);
  }

  /**
   * Starts the workers; resolves when all of them listen.
   * @throws the system's error where one cannot
   */
  async listen(): Promise<AddressInfo> {
    // Each worker accepts for itself: to have the primary accept and hand over costs more than the connection itself.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: require.resolve('./worker'), args: [], execArgv: process.execArgv });
    const started = await Promise.all(Array.from({ length: this.count }, () => this.start()));
    return started[0] as AddressInfo;
  }

  /** As {@link FrameServer.stop}, of all workers. */
  async stop(): Promise<StopResult> {
    this.isStopping = true;
    this.restarts.forEach((restart) => clearTimeout(restart));
    const stopped = new Promise<void>((resolve) => (this.onStopped = resolve));
    for (const worker of this.workers) worker.tell({ do: 'stop' });
    if (this.workers.size > 0) await stopped;
    return { cut: this.cut };
  }

  private async start(): Promise<AddressInfo> {
    const worker = new PoolWorker(cluster.fork());
    this.workers.add(worker);
    this.admission.join(worker);
    // What could not be sent to it any more needs no telling: its exit follows.
    worker.process.on('error', () => undefined);
    worker.process.on('exit', (code, signal) => this.exited(worker, code, signal));
    return new Promise((resolve, reject) => {
      worker.process.on('message', (messages: readonly FromWorker[]) => {
        for (const message of messages) this.heed(worker, message, resolve, reject);
      });
      worker.process.once('exit', () => reject(new Error('a worker process ended before it listened')));
      worker.tell({ do: 'listen', options: this.options, debugEnabled: this.log.debugEnabled });
    });
  }

  /** @param onListen, onFail what follows from the start of the worker */
  private heed(
    worker: PoolWorker,
    message: FromWorker,
    onListen: (address: AddressInfo) => void,
    onFail: (error: Error) => void,
  ): void {
    switch (message.did) {
      case 'listen':
        onListen({ address: message.address, port: message.port, family: '' });
        break;
      case 'fail':
        onFail(Object.assign(new Error(message.message), message.error));
        break;
      case 'stop':
        worker.cut = message.cut;
        worker.process.disconnect();
        break;
      case 'log':
        for (const event of message.events) this.logEvent(worker, event);
        break;
      case 'enter':
        this.enter(worker, message.client);
        break;
      case 'leave':
        this.leave(worker, message.client);
        break;
      case 'recalled':
        this.admission.recalled(worker);
        break;
    }
  }

  private enter(worker: PoolWorker, number: number): void {
    const client: Client = {
      place: undefined,
      accepted: () => worker.tell({ do: 'accepted', client: number }),
      serve: () => worker.tell({ do: 'serve', client: number }),
      refused: (limit) => worker.tell({ do: 'refused', client: number, limit }),
    };
    worker.clients.set(number, client);
    this.admission.enter(client);
  }

  private leave(worker: PoolWorker, number: number): void {
    const client = worker.clients.get(number);
    if (client === undefined) return;
    worker.clients.delete(number);
    this.admission.leave(client);
  }

  /** Logs what a worker tells, with the connection's number in the whole run. */
  private logEvent(worker: PoolWorker, { name, fields, at }: ForwardedEvent): void {
    const { conn } = fields;
    if (name === 'client_connect') worker.open.set(conn, { ...fields, conn: ++this.connections });
    if (conn !== undefined) fields.conn = worker.open.get(conn)?.conn;
    if (name === 'client_close') worker.open.delete(conn);
    this.log.event(name, fields, at);
  }

  /** A worker is gone: its clients with it. */
  private exited(worker: PoolWorker, code: number, signal: string | null): void {
    this.workers.delete(worker);
    for (const client of worker.clients.values()) this.admission.leave(client);
    this.admission.part(worker);
    if (worker.cut === undefined) {
      this.log.event('worker_exit', { pid: worker.process.process.pid, code, signal });
      for (const identity of worker.open.values()) {
        this.log.event('client_close', { ...identity, reason: 'worker_exit' });
      }
      this.cut += this.isStopping ? worker.open.size : 0;
    } else {
      this.cut += worker.cut;
    }
    if (!this.isStopping) this.replace(worker);
    else if (this.workers.size === 0) this.onStopped?.();
  }

  private replace({ startedAt }: PoolWorker): void {
    const pause = Math.max(startedAt + RESTART_PAUSE_MS - performance.now(), 0);
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      // What it cannot tell (it ended again) its exit tells.
      this.start().catch(() => undefined);
    }, pause);
    this.restarts.add(restart);
  }
}
