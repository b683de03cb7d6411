import type { Summary } from './latencies';
import type { SelfReport } from './self-watch';

/** Percent of a core from which this process counts as busy. */
const BUSY = 90;
/** ms from which its own delays show in what it measures. */
const LATE = 1;
const STALLED = 20;

/**
 * Where the load test, not the server, may have been the limit: a sentence; null where there is no sign of it.
 *
 * An open loop keeps its core busy by design, waiting for the next message to be due; there it counts whether it came in time.
 */
export function limitOf({ cpu_percent, loop_delay_ms }: SelfReport, lateness: Summary | undefined): string | null {
  const signs: string[] = [];
  if (lateness !== undefined) {
    const { p99, max } = lateness;
    if (p99 !== null && p99 > LATE) signs.push(`it sent late: p99 ${p99.toFixed(1)} ms, at most ${max?.toFixed(1)} ms`);
  } else if (cpu_percent >= BUSY) {
    signs.push(`it used ${cpu_percent} % of a core`);
  }
  if (loop_delay_ms.p99 > STALLED) signs.push(`its own delays reached ${loop_delay_ms.max.toFixed(0)} ms`);
  return signs.length === 0
    ? null
    : `this load test itself may have been the limit, not the server: ${signs.join('; ')}`;
}
