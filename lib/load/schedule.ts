import type { RateStage } from '../config/rate-schedule';

/** A ramp is measured in parts, as its rate is another in each. */
const RAMP_PARTS = 20;
/** ms: no part is shorter than this, or its percentiles would stand for too few messages. */
const SHORTEST_PART_MS = 250;

/** A stage, or a part of a ramp, that is reported on its own. */
export interface Stage {
  /** Messages per second at its start and at its end. */
  readonly from: number;
  readonly to: number;
  /** ms from the start of the schedule, the warm-up included. */
  readonly startMs: number;
  readonly endMs: number;
}

/** A stage, and how many messages are due before it. */
interface Segment extends Stage {
  readonly before: number;
}

/**
 * When messages are due, as a plain function of time. The rate is the derivative of the number of messages that are due:
 *
 * ```
 *   due(t) = before + from * t + (to - from) * t² / (2 * length)       within a stage, t from its start
 * ```
 *
 * Message k, counted from 0, is due when due(t) reaches k.
 */
export class Schedule {
  /** The stages that are measured, ramps in parts. One stage is none: its results are those of the run. */
  readonly stages: readonly Stage[];
  private readonly segments: readonly Segment[];

  /**
   * @param stages in order; the last may have no end
   * @param warmupMs for which the first rate is held before that
   */
  constructor(stages: readonly RateStage[], warmupMs = 0) {
    const first = stages[0]?.from ?? 0;
    const warmup = warmupMs > 0 ? [{ from: first, to: first, seconds: warmupMs / 1000 }] : [];
    const segments: Segment[] = [];
    let [startMs, before] = [0, 0];
    for (const { from, to, seconds } of [...warmup, ...stages]) {
      const endMs = startMs + seconds * 1000;
      segments.push({ from, to, startMs, endMs, before });
      before += ((from + to) / 2) * seconds;
      startMs = endMs;
    }
    this.segments = segments;
    this.stages = stages.length > 1 || first !== stages[0]?.to ? segments.slice(warmup.length).flatMap(inParts) : [];
  }

  /** Messages that are due before that time: with an index below. */
  countBefore(ms: number): number {
    return Math.ceil(this.due(ms) - ROUNDING);
  }

  /** Messages that are due by that time. */
  countAt(ms: number): number {
    const count = Math.floor(this.due(ms) + ROUNDING) + 1;
    return this.dueAt(count - 1) > ms ? count - 1 : count; // in a stage without messages, the next is due later
  }

  /** When message `index`, counted from 0, is due, in ms from the start; Infinity where it never is. */
  dueAt(index: number): number {
    const segment = this.segments.findLast(({ before }) => before <= index + ROUNDING) ?? this.segments[0];
    if (segment === undefined) return Infinity;
    const { from, to, startMs, endMs, before } = segment;
    const count = Math.max(0, index - before);
    if (count === 0 && from > 0) return startMs;
    if (from === to) return from === 0 ? Infinity : startMs + (count / from) * 1000;
    // The solution of the quadratic that does not subtract numbers of nearly the same size.
    const slope = (to - from) / ((endMs - startMs) / 1000);
    const root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
    return from + root === 0 ? startMs : startMs + ((2 * count) / (from + root)) * 1000;
  }

  /** The index of the first message of a stage. */
  firstOf({ startMs }: Stage): number {
    return this.countBefore(startMs);
  }

  private due(ms: number): number {
    const segment = this.segments.findLast(({ startMs }) => startMs <= ms) ?? this.segments[0];
    if (segment === undefined) return 0;
    const { from, to, startMs, endMs, before } = segment;
    const seconds = (Math.min(ms, endMs) - startMs) / 1000;
    const length = (endMs - startMs) / 1000;
    return before + from * seconds + (from === to ? 0 : ((to - from) * seconds * seconds) / (2 * length));
  }
}

/** Messages: what sums of floating-point numbers may be off by. */
const ROUNDING = 1e-6;

/** A ramp as parts of the same length. */
function inParts(stage: Stage): Stage[] {
  const { from, to, startMs, endMs } = stage;
  if (from === to) return [{ from, to, startMs, endMs }];
  const length = endMs - startMs;
  const parts = Math.max(1, Math.min(RAMP_PARTS, Math.floor(length / SHORTEST_PART_MS)));
  const at = (index: number): { rate: number; ms: number } => ({
    rate: from + ((to - from) * index) / parts,
    ms: startMs + (length * index) / parts,
  });
  return Array.from({ length: parts }, (_, index) => {
    const [start, end] = [at(index), at(index + 1)];
    return { from: start.rate, to: end.rate, startMs: start.ms, endMs: end.ms };
  });
}
