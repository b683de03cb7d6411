import type { Summary } from '../measure/latencies';
import type { ProcessUsage } from '../measure/process-monitor';

/** From this percentage of a core on, this process counts as busy. */
const BUSY_PERCENT = 90;
/** ms: a shorter run is mostly the start of this process. */
const WARM_MS = 1000;
/** ms: shorter lateness, and shorter delays of the event loop, are not reported. */
const LATE_MS = 1;
const STALLED_MS = 20;
/** This process is reported when its own delay is at least this share of the latency. */
const NOTABLE_SHARE = 0.1;

/** What is needed of a run to tell whether this process distorted it. */
export interface Measured {
  readonly ok: number;
  readonly durationMs: number;
  /** Round trips in ms. */
  readonly rtt: Pick<Summary, 'p99' | 'max'>;
  /** How late an open loop sent, in ms. */
  readonly lateness?: Pick<Summary, 'p99' | 'max'> | undefined;
  /** Connections that failed because this machine had no port, descriptor or memory left. */
  readonly exhausted: number;
}

/**
 * Whether the load test itself, and not the server, may have limited the run.
 *
 * An open loop keeps its core busy by design, as it waits for the next message to be due; for it, lateness counts instead.
 * @returns a sentence; null where it did not
 */
export function generatorLimit(self: ProcessUsage, measured: Measured): string | null {
  const signs = [...(measured.exhausted > 0 ? [EXHAUSTED] : []), ...distortions(self, measured)];
  return signs.length === 0
    ? null
    : `this load test itself may have been the limit, not the server: ${signs.join('; ')}`;
}

const EXHAUSTED = 'it had no ports, descriptors or memory left for more connections';

function distortions(
  { cpu_percent, loop_delay_ms }: ProcessUsage,
  { ok, durationMs, rtt, lateness }: Measured,
): string[] {
  if (ok === 0) return [];
  const isNotable = (own: number | null, latency: number | null): boolean =>
    (own ?? 0) >= (latency ?? 0) * NOTABLE_SHARE;
  const signs: string[] = [];
  if (lateness !== undefined) {
    const { p99, max } = lateness;
    if (p99 !== null && p99 > LATE_MS && isNotable(p99, rtt.p99)) {
      signs.push(`it sent late: p99 ${p99.toFixed(1)} ms, max ${max?.toFixed(1)} ms`);
    }
  } else if (cpu_percent >= BUSY_PERCENT && durationMs >= WARM_MS) {
    signs.push(`it used ${cpu_percent} % of a core`);
  }
  if (loop_delay_ms.p99 > STALLED_MS && durationMs >= WARM_MS && isNotable(loop_delay_ms.max, rtt.max)) {
    signs.push(`its event loop stood still for up to ${loop_delay_ms.max.toFixed(0)} ms`);
  }
  return signs;
}
