import { runLoad } from './load-run';
import type { Sample } from './measure/sampler';
import type { Plan } from './plan';
import { type ClientLine, clientLine } from './report/client-line';
import { type LoadReport, makeReport } from './report/load-report';
import { type StageReport, stageReport } from './report/stage-report';
import { type Shard } from './share';
import { unavailable } from './unavailable';

/** A load test, or a part of one. */
export interface Task {
  readonly plan: Plan;
  /** The shard that is reported. */
  readonly shard: Shard;
  /** What this process drives: the shard, or its own part of it. */
  readonly part: Shard;
  /** When to start, in ms since 1970. */
  readonly startAt: number | undefined;
  /** Of trustctl. */
  readonly version: string;
}

/** Who follows a run while it is under way. */
export interface Followers {
  readonly onStart: () => void;
  /** Called each second. */
  readonly onSample: (sample: Sample) => void;
  /** Called for each stage of a schedule, in order. */
  readonly onStage: (index: number, stage: StageReport) => void;
}

/** What ends a run before its end. */
export interface Ending {
  /** At once: what is in flight is not awaited. */
  readonly stop: AbortSignal;
  /** In order: nothing more is sent. */
  readonly end: AbortSignal;
}

export interface Driven {
  readonly report: LoadReport;
  readonly clients: readonly ClientLine[];
}

/**
 * Runs a task in this process.
 * @throws {RunError} where no client could connect
 */
export async function driveHere(task: Task, { stop, end }: Ending, followers: Followers): Promise<Driven> {
  const { plan, part, shard, startAt, version } = task;
  let stages = 0;
  const outcome = await runLoad(plan, stop, {
    part,
    startAt,
    end,
    onStart: followers.onStart,
    onSample: followers.onSample,
    onStage: (tally, measuredMs) => followers.onStage(stages++, stageReport(tally, plan.warmupMs, measuredMs)),
  });
  if (outcome.unreachable !== undefined) throw unavailable(outcome.unreachable);
  return { report: makeReport(outcome, { version, fds: null, shard }), clients: outcome.clients.map(clientLine) };
}
