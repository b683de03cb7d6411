import { availableParallelism } from 'node:os';
import type { CommandContext } from './command';
import { readClientTls } from './tls-files';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { type Followers, type Task, driveHere } from '../load/drive';
import { LeakCheck } from '../load/measure/leak-check';
import { makePlan } from '../load/plan';
import { loadProgress } from '../load/report/load-progress';
import { SamplesFile } from '../load/report/samples-file';
import { judgeStage } from '../load/report/stage-report';
import { WHOLE, checkShares, parseShard } from '../load/share';
import { parseStartAt } from '../load/start-at';
import { driveWorkers } from '../load/workers/load-workers';
import { checkLocalAddresses } from '../net/local-address';
import { version } from '../version';
import { LoadOutput, type OutputOptions } from './load-output';
import { openLoadAdmin } from './open-load-admin';

interface Options extends OutputOptions {
  readonly serverPid?: number;
  readonly progress?: true;
  readonly stopOnFailure?: true;
  readonly samples?: string;
  readonly shard?: string;
  readonly startAt?: string;
}

/** Runs a load test and prints its report. */
export async function run({ settings, origins, options, log, stop }: CommandContext<Options>): Promise<ExitName> {
  // Every usage error is found before the first connection.
  const workers = settings.load.workers === 'auto' ? availableParallelism() : settings.load.workers;
  const task = taskOf({ settings, origins, options }, workers);
  const { plan } = task;
  if (options.stopOnFailure) checkStopOnFailure(options, typeof plan.rate === 'string');
  const output = new LoadOutput(options);
  await checkLocalAddresses(plan.localAddresses);
  const samples = options.samples === undefined ? undefined : new SamplesFile(options.samples);
  const leaks = options.serverPid === undefined ? undefined : new LeakCheck(options.serverPid);
  const admin = await openLoadAdmin(settings.admin, log);
  const progress = await loadProgress(process.stderr, options.progress ?? false);
  // The progress line is erased before the log writes about the signal, or both would be erased.
  stop.addEventListener('abort', () => progress.stop(), { once: true });

  const end = new AbortController();
  const followers: Followers = {
    onStart: () => progress.start(plan),
    onSample(sample) {
      progress.add(sample);
      samples?.add(sample);
      admin.add(sample);
    },
    onStage(_, stage) {
      if (options.stopOnFailure && judgeStage(stage, output.expectations).held === false) end.abort();
    },
  };
  const ending = { stop, end: end.signal };
  const driven = workers > 1 ? driveWorkers(task, workers, ending, followers) : driveHere(task, ending, followers);
  const { report, clients } = await driven.finally(() => {
    progress.stop();
    admin.close();
  });
  const fds = leaks ? await leaks.finish() : null;
  const exit = output.finish({ ...report, fds }, clients, log, stop);
  await samples?.close();
  return exit;
}

/** @throws {RunError} `usage` for settings and flags that exclude each other */
function taskOf(
  { settings, origins, options }: Pick<CommandContext<Options>, 'settings' | 'origins' | 'options'>,
  workers: number,
): Task {
  const plan = makePlan(settings, origins, readClientTls(settings.tls, origins));
  const shard = options.shard === undefined ? WHOLE : parseShard(options.shard, process.env);
  if (shard.of > 1) checkShares(plan, shard.of, 'shards');
  if (workers > 1) checkShares(plan, shard.of * workers, 'processes');
  const startAt = options.startAt === undefined ? undefined : parseStartAt(options.startAt, Date.now());
  return { plan, shard, part: shard, startAt, version: version() };
}

/** @throws {RunError} `usage` where there would be nothing to judge, or each shard would end at a stage of its own */
function checkStopOnFailure({ expect = [], shard }: Options, isSchedule: boolean): void {
  const refuse = (why: string): never => {
    throw new RunError('usage', `--stop-on-failure ${why}`);
  };
  if (expect.length === 0) refuse("needs a condition that can fail: --expect 'p99<5ms'");
  if (!isSchedule) refuse('ends a run between stages, and there are none: --rate 1k..20k@1m');
  if (shard !== undefined) {
    refuse(
      'cannot be given with --shard: each shard would end at a stage of its own; load-merge tells which stages held',
    );
  }
}
