import type { Summary } from '../measure/latencies';
import type { ProcessUsage } from '../measure/process-monitor';

/** Percent of a core from which this process counts as busy. */
const BUSY = 90;
/** ms that a process needs to get going: before that it is busy with itself whatever it measures. */
const WARM_MS = 1000;
/** ms of lateness, and of delays of its own, that are worth a word. */
const LATE = 1;
const STALLED = 20;
/** The share of the latency told that must be its own doing. */
const TOUCHED = 0.1;

/** What a run measured, as far as it tells whether this process shows in it. */
export interface Measured {
  readonly ok: number;
  readonly durationMs: number;
  /** Round trips in ms. */
  readonly rtt: Pick<Summary, 'p99' | 'max'>;
  /** How late an open loop sent, in ms. */
  readonly lateness?: Pick<Summary, 'p99' | 'max'> | undefined;
  /** Connections for which this machine or process had nothing left. */
  readonly exhausted: number;
}

/**
 * Where the load test, not the server, may have been the limit: a sentence; null where no metric is touched by it.
 *
 * An open loop keeps its core busy by design, waiting for the next message to be due; there it counts whether it came in time.
 */
export function generatorLimit(self: ProcessUsage, measured: Measured): string | null {
  const signs = [...(measured.exhausted > 0 ? [NOTHING_LEFT] : []), ...ownShare(self, measured)];
  return signs.length === 0
    ? null
    : `this load test itself may have been the limit, not the server: ${signs.join('; ')}`;
}

const NOTHING_LEFT = 'it had no ports, descriptors or memory left for more connections';

function ownShare({ cpu_percent, loop_delay_ms }: ProcessUsage, { ok, durationMs, rtt, lateness }: Measured): string[] {
  if (ok === 0) return [];
  const touches = (own: number | null, told: number | null): boolean => (own ?? 0) >= (told ?? 0) * TOUCHED;
  const signs: string[] = [];
  if (lateness !== undefined) {
    const { p99, max } = lateness;
    if (p99 !== null && p99 > LATE && touches(p99, rtt.p99)) {
      signs.push(`it sent late: p99 ${p99.toFixed(1)} ms, at most ${max?.toFixed(1)} ms`);
    }
  } else if (cpu_percent >= BUSY && durationMs >= WARM_MS) {
    signs.push(`it used ${cpu_percent} % of a core`);
  }
  if (loop_delay_ms.p99 > STALLED && durationMs >= WARM_MS && touches(loop_delay_ms.max, rtt.max)) {
    signs.push(`its own delays reached ${loop_delay_ms.max.toFixed(0)} ms`);
  }
  return signs;
}
