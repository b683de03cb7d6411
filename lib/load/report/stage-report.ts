import { Latencies, type StoredLatencies, type Summary, worstOf } from '../measure/latencies';
import type { StageTally } from '../measure/stage-tally';
import type { Expectation } from './expectation';
import { type ExpectationResult, type Results, roundedRate } from './results';

/** One stage of a schedule in a report. A message belongs to the stage in which it was due. */
export interface StageReport {
  /** Messages per second at its start and its end. */
  readonly from: number;
  readonly to: number;
  /** Seconds from the end of the warm-up to its start. */
  readonly start_s: number;
  readonly duration_s: number;
  /** Whether the run went on to its end. */
  readonly complete: boolean;
  /** Messages that were due in it; those of them that were sent, whenever that was; those that came back right. */
  readonly due: number;
  readonly sent: number;
  readonly ok: number;
  /** Errors within its time. */
  readonly errors: number;
  /** Replies within its time, to whatever message. */
  readonly replies: number;
  readonly rate_per_s: number;
  readonly rtt_ms: Summary;
  readonly lateness_ms: Summary;
  readonly latencies: { readonly rtt: StoredLatencies; readonly lateness: StoredLatencies };
  readonly expectations: readonly ExpectationResult[];
  /** Whether every message came back right and every expectation holds; null in a stage that is not complete. */
  readonly held: boolean | null;
}

/** The highest rate that held, and the one that did not. */
export interface Knee {
  /** Messages per second; null where the first stage did not hold. */
  readonly held_per_s: number | null;
  /** The rate of the first stage that did not hold, at its end; null where all did. */
  readonly broke_per_s: number | null;
  /** Counted from 1. */
  readonly broke_stage: number | null;
}

/** ms: setTimeout may fire that much early. */
const TIMER_MS = 1;

/** Seconds, to the microsecond. */
const seconds = (ms: number): number => Math.round(ms * 1000) / 1e6;

/**
 * @param warmupMs when the first stage starts, from the start of the run
 * @param measuredMs how long the measurement took, from then on
 */
export function stageReport(tally: StageTally, warmupMs: number, measuredMs: number): StageReport {
  const { stage, due, sent, ok, errors, replies, rtt, lateness } = tally;
  const { from, to, startMs, endMs } = stage;
  const lengthMs = Math.min(endMs - warmupMs, measuredMs) - (startMs - warmupMs);
  const isComplete = measuredMs + TIMER_MS >= endMs - warmupMs;
  return {
    from,
    to,
    start_s: seconds(startMs - warmupMs),
    duration_s: seconds(lengthMs),
    complete: isComplete,
    due: isComplete ? due : sent,
    sent,
    ok,
    errors,
    replies,
    rate_per_s: roundedRate(replies, lengthMs),
    rtt_ms: rtt.summary(),
    lateness_ms: lateness.summary(),
    latencies: { rtt: rtt.stored(), lateness: lateness.stored() },
    expectations: [],
    held: null,
  };
}

/** Of connects. */
const none = new Latencies();

/** Whether a stage held. Connects and handshakes belong to no stage: what is expected of them is left out. */
export function judgeStage(stage: StageReport, expectations: readonly Expectation[]): StageReport {
  if (!stage.complete) return stage;
  const { due, sent, ok, errors, rtt_ms, rate_per_s } = stage;
  const results: Results = {
    rtt_ms,
    connect_ms: none.summary(),
    handshake_ms: null,
    rate_per_s,
    messages: { sent, ok, failed: sent - ok },
    errors: [{ count: errors }],
    open_loop: { unsent: due - sent },
  };
  const durations = { rtt: Latencies.from(stage.latencies.rtt), connect: none };
  const checked = expectations
    .map((check) => check(results, durations))
    .filter(({ expect }) => !/^\s*(connect|handshake)\./.test(expect));
  return { ...stage, expectations: checked, held: ok === due && checked.every(({ holds }) => holds) };
}

/** @returns null where no stage is complete */
export function kneeOf(stages: readonly StageReport[]): Knee | null {
  if (!stages.some(({ held }) => held !== null)) return null;
  const broken = stages.findIndex(({ held }) => held === false);
  const held = stages.slice(0, broken === -1 ? stages.length : broken).filter((stage) => stage.held === true);
  const rate = ({ from, to }: StageReport): number => Math.max(from, to);
  const broke = stages[broken];
  return {
    held_per_s: held.length === 0 ? null : Math.max(...held.map(rate)),
    broke_per_s: broke === undefined ? null : rate(broke),
    broke_stage: broke === undefined ? null : broken + 1,
  };
}

/** The same stage of several shards as one. */
export function mergeStages(stages: readonly StageReport[]): StageReport {
  const [first] = stages as [StageReport];
  const sum = (of: (stage: StageReport) => number): number => stages.reduce((total, stage) => total + of(stage), 0);
  const added = (of: (stage: StageReport) => StoredLatencies): Latencies => {
    const all = new Latencies();
    for (const stage of stages) all.add(Latencies.from(of(stage)));
    return all;
  };
  const rtt = added(({ latencies }) => latencies.rtt);
  const lateness = added(({ latencies }) => latencies.lateness);
  const lengthMs = Math.max(...stages.map(({ duration_s }) => duration_s)) * 1000;
  const replies = sum((stage) => stage.replies);
  return {
    ...first,
    duration_s: lengthMs / 1000,
    complete: stages.every(({ complete }) => complete),
    due: sum(({ due }) => due),
    sent: sum(({ sent }) => sent),
    ok: sum(({ ok }) => ok),
    errors: sum(({ errors }) => errors),
    replies,
    rate_per_s: roundedRate(replies, lengthMs),
    rtt_ms: rtt.summary(),
    lateness_ms: worstOf(stages.map(({ lateness_ms }) => lateness_ms)),
    latencies: { rtt: rtt.stored(), lateness: lateness.stored() },
    expectations: [],
    held: null,
  };
}
