import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { RunError } from '../../errors/run-error';
import { plural } from '../../text/quantities';
import type { Driven, Ending, Followers, Task } from '../drive';
import { Latencies } from '../measure/latencies';
import { type Sample, mergeSamples } from '../measure/sampler';
import { mergeReports } from '../report/merge-reports';
import { type StageReport, mergeStages } from '../report/stage-report';
import { partOf } from '../share';
import type { FromLoadWorker, ToLoadWorker } from './load-messages';

const WORKER = resolve(__dirname, 'load-worker.js');
/** ms from telling the workers to start to the start, so that all have heard of it. */
const START_IN_MS = 50;

interface Worker {
  readonly number: number;
  readonly process: ChildProcess;
  readonly samples: Sample[];
  readonly stages: StageReport[];
  result: Extract<FromLoadWorker, { type: 'done' | 'failed' }> | undefined;
  /** How it ended without a result, in words. */
  lost: string | undefined;
}

/**
 * Runs a task in several processes of this machine, each with its part of it. One that ends without a report is named in the report of
 * the others.
 * @throws {RunError} where no client of any worker could connect, or no worker has a report
 */
export async function driveWorkers(task: Task, count: number, ending: Ending, followers: Followers): Promise<Driven> {
  const pool = new LoadWorkers(task, count, followers);
  const stop = (): void => pool.tell({ type: 'stop', reason: ending.stop.reason });
  const end = (): void => pool.tell({ type: 'end' });
  ending.stop.addEventListener('abort', stop);
  ending.end.addEventListener('abort', end);
  try {
    await pool.ready();
    pool.start();
    if (ending.stop.aborted) stop();
    const { report, clients } = await pool.finish();
    return { report: { ...report, ended_early: ending.end.aborted }, clients };
  } finally {
    ending.stop.removeEventListener('abort', stop);
    ending.end.removeEventListener('abort', end);
    pool.close();
  }
}

class LoadWorkers {
  private readonly workers: readonly Worker[];
  private readonly readies: Promise<void>[] = [];
  private readonly ends: Promise<void>[] = [];
  /** Seconds and stages that followers know. */
  private seconds = 0;
  private stages = 0;

  constructor(
    private readonly task: Task,
    count: number,
    private readonly followers: Followers,
  ) {
    this.workers = Array.from({ length: count }, (_, index) => this.spawn(index + 1));
  }

  async ready(): Promise<void> {
    await Promise.all(this.readies);
  }

  /** All start at one time. */
  start(): void {
    const { shard, startAt = Date.now() + START_IN_MS } = this.task;
    for (const { number } of this.workers) {
      const part = partOf(shard, { index: number - 1, of: this.workers.length });
      this.send(number, { type: 'start', task: { ...this.task, part, startAt } });
    }
    this.followers.onStart();
  }

  tell(message: ToLoadWorker): void {
    for (const { number } of this.workers) this.send(number, message);
  }

  async finish(): Promise<Driven> {
    await Promise.all(this.ends);
    this.passOn();
    const done = this.workers.flatMap(({ result }) => (result?.type === 'done' ? [result.driven] : []));
    const lost = this.workers.flatMap((worker) => worker.lost ?? []);
    if (done.length === 0) throw this.failure(lost);
    const merged = mergeReports(done.map(({ report }) => report));
    const report = { ...merged, workers: { count: this.workers.length, lost } };
    const clients = done.flatMap((each) => each.clients).sort((a, b) => a.number - b.number);
    return { report, clients };
  }

  /** Ends the workers that have not ended. */
  close(): void {
    for (const worker of this.workers) if (worker.process.exitCode === null) worker.process.kill('SIGKILL');
  }

  private spawn(number: number): Worker {
    // With `advanced` what JSON does not know, such as Infinity, is passed as it is. Its standard output is not ours: the report goes there.
    const child = fork(WORKER, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const worker: Worker = { number, process: child, samples: [], stages: [], result: undefined, lost: undefined };
    const ended = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        worker.lost ??= `worker ${number} could not be started: ${error.message}`;
        resolve();
      });
      child.once('exit', (code, signal) => {
        if (worker.result === undefined) {
          const how = signal === null ? `exited with ${code}` : `was ended by ${signal}`;
          worker.lost ??= `worker ${number} (process ${child.pid}) ${how}`;
        }
        resolve();
      });
    });
    this.ends.push(ended);
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message: FromLoadWorker) => {
        if (message.type === 'ready') resolve();
        else this.take(worker, message);
      });
    });
    this.readies.push(Promise.race([ready, ended]));
    return worker;
  }

  private take(worker: Worker, message: Exclude<FromLoadWorker, { type: 'ready' }>): void {
    if (message.type === 'sample') {
      worker.samples.push({ ...message.sample, rtt: Latencies.from(message.sample.rtt) });
      this.passOn();
    } else if (message.type === 'stage') {
      worker.stages.push(message.stage);
      this.passOn();
    } else {
      worker.result = message;
    }
  }

  /** Passes on the seconds and stages that all workers have reported. One that has ended reports no more. */
  private passOn(): void {
    const next = <T>(of: (worker: Worker) => readonly T[], index: number): T[] | undefined => {
      const parts = this.workers.map((worker) => ({ part: of(worker)[index], isOver: isOver(worker) }));
      const known = parts.flatMap(({ part }) => part ?? []);
      return known.length > 0 && parts.every(({ part, isOver }) => part !== undefined || isOver) ? known : undefined;
    };
    for (let samples; (samples = next(({ samples }) => samples, this.seconds)) !== undefined; this.seconds++) {
      this.followers.onSample(mergeSamples(samples));
    }
    for (let stages; (stages = next(({ stages }) => stages, this.stages)) !== undefined; this.stages++) {
      this.followers.onStage(this.stages, mergeStages(stages));
    }
  }

  private send(number: number, message: ToLoadWorker): void {
    const { process: child } = this.workers[number - 1] as Worker;
    if (child.connected) child.send(message, () => undefined); // the exit of one that has ended is reported by itself
  }

  private failure(lost: readonly string[]): RunError {
    const failed = this.workers.flatMap(({ result }) => (result?.type === 'failed' ? [result] : []))[0];
    if (failed !== undefined) return new RunError(failed.exit, failed.message, failed.code);
    return new RunError('software', `${plural(lost.length, 'worker')} ended without a report: ${lost[0]}`);
  }
}

const isOver = ({ result, lost }: Worker): boolean => result !== undefined || lost !== undefined;
