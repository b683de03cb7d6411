import type { Summary } from '../measure/latencies';

/** What metrics are read from: a report of a run, or that of a stage. */
export interface Results {
  /** Of the messages that came back right. */
  readonly rtt_ms: Summary;
  readonly connect_ms: Summary;
  /** Of the TLS handshakes; null or undefined if there were none. */
  readonly handshake_ms?: Summary | null;
  /** Messages that came back right, per second. */
  readonly rate_per_s: number;
  readonly messages: { readonly sent: number; readonly ok: number; readonly failed: number };
  readonly errors: readonly { readonly count: number }[];
  /** Null without a rate. */
  readonly open_loop: { readonly unsent: number } | null;
}

/** An expectation, and whether it holds. */
export interface ExpectationResult {
  readonly expect: string;
  readonly actual: number | null;
  /** Of `actual`: ms, messages per second, or a count. */
  readonly unit: 'ms' | '/s' | '';
  readonly holds: boolean;
}

/** A rate per second, rounded. A low one keeps its digits: 0.25/s is not 0.3/s. */
export function roundedRate(count: number, ms: number): number {
  const rate = ms > 0 ? (count * 1000) / ms : 0;
  return rate >= 100 ? Math.round(rate * 10) / 10 : Number(rate.toPrecision(4));
}
