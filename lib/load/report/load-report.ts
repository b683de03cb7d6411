import type { ErrorCount } from '../measure/measurement';
import type { Summary } from '../measure/latencies';
import type { Descriptors } from '../measure/leak-check';
import type { LoadOutcome } from '../load-run';
import type { ProcessUsage } from '../measure/process-monitor';
import type { TimelinePoint } from '../measure/timeline';
import { hostPort } from '../../net/host-port';
import { generatorLimit } from './generator-limit';

/** An expectation, and whether a run met it. */
export interface ExpectationResult {
  readonly expect: string;
  readonly actual: number | null;
  /** Of `actual`: ms, messages a second, or a count. */
  readonly unit: 'ms' | '/s' | '';
  readonly holds: boolean;
}

/** A load test's result, as `--json` prints it and `--compare` reads it. */
export interface LoadReport {
  readonly version: string;
  /** ISO 8601. */
  readonly started: string;
  readonly target: string;
  /** What was run; null is no limit, or off. */
  readonly settings: {
    readonly clients: number;
    readonly concurrency: number;
    readonly messages: number | null;
    readonly duration_s: number | null;
    readonly warmup_s: number;
    readonly payload_size: string;
    readonly pipeline: number | null;
    readonly rate: number | null;
    readonly connect_rate: number | null;
    readonly timeout_s: number;
    readonly tls: boolean;
  };
  /** Clients that had their turn. */
  readonly clients: number;
  /**
   * `failed` is what did not come back right: what was sent, and, where each client has so many messages, what could not be sent because its
   * client had failed.
   */
  readonly messages: { readonly sent: number; readonly ok: number; readonly failed: number };
  /** Messages in flight when the run was interrupted: sent, and neither right nor wrong. */
  readonly unanswered: number;
  readonly rtt_ms: Summary;
  readonly connect_ms: Summary;
  /** TLS handshakes, each a full one; null without TLS. */
  readonly handshake_ms: Summary | null;
  readonly duration_ms: number;
  /** Messages that came back right. */
  readonly rate_per_s: number;
  /** Bytes that came, headers included. */
  readonly bytes: number;
  readonly errors: readonly Readonly<ErrorCount>[];
  readonly fds: Descriptors | null;
  readonly warmup: { readonly sent: number; readonly ok: number; readonly failed: number };
  readonly interrupted: boolean;
  readonly gave_up: boolean;
  readonly not_run: number;
  /** Of a run with a rate: messages that were due and never sent, and how late this process came to send. */
  readonly open_loop: { readonly unsent: number; readonly lateness_ms: Summary } | null;
  /** This process itself; `limit` says where it, not the server, may have been what was measured. */
  readonly self: ProcessUsage & { readonly limit: string | null };
  readonly expectations: readonly ExpectationResult[];
  /** Percent of the messages, and the ms that they did not exceed. */
  readonly distribution: readonly (readonly [percent: number, ms: number])[];
  /** How many messages took from so many ms to so many. */
  readonly histogram: readonly (readonly [from: number, to: number, count: number])[];
  readonly timeline: { readonly interval_ms: number; readonly points: readonly TimelinePoint[] };
}

/** What a report holds besides how the run went. */
export interface ReportFacts {
  readonly version: string;
  readonly started: Date;
  readonly fds: Descriptors | null;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
/** A low rate keeps its digits: 0.25 a second is not 0.3. */
const rounded = (rate: number): number => (rate >= 100 ? tenth(rate) : Number(rate.toPrecision(4)));
const orNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

export function makeReport(outcome: LoadOutcome, { version, started, fds }: ReportFacts): LoadReport {
  const { plan, measurement, clients, durationMs, interrupted, openLoop } = outcome;
  const { min, max } = plan.payload;
  const failed = clients
    .filter(({ fault }) => fault !== undefined)
    .reduce((sum, { sent, ok }) => sum + (plan.messages ?? sent) - ok, 0);
  const unanswered = clients
    .filter(({ fault }) => fault === undefined)
    .reduce((sum, { sent, ok }) => sum + sent - ok, 0);
  const { warmup } = measurement;
  const rtt = measurement.rtt.summary();
  const lateness = openLoop?.lateness.summary();
  const exhausted = measurement.errors.find(({ event }) => event === 'local_exhausted')?.count ?? 0;
  const measured = { ok: measurement.ok, durationMs, rtt, lateness, exhausted };
  return {
    version,
    started: started.toISOString(),
    target: hostPort(plan.host, plan.port),
    settings: {
      clients: plan.clients,
      concurrency: plan.concurrency,
      messages: orNull(plan.messages),
      duration_s: plan.durationMs === undefined ? null : plan.durationMs / 1000,
      warmup_s: plan.warmupMs / 1000,
      payload_size: min === max ? String(min) : `${min}-${max}`,
      pipeline: orNull(plan.pipeline),
      rate: orNull(plan.rate),
      connect_rate: orNull(plan.connectRate),
      timeout_s: plan.timeout,
      tls: plan.tls !== undefined,
    },
    clients: plan.clients - outcome.notRun,
    messages: { sent: measurement.sent, ok: measurement.ok, failed },
    unanswered,
    rtt_ms: rtt,
    connect_ms: measurement.connect.summary(),
    handshake_ms: plan.tls === undefined ? null : measurement.handshake.summary(),
    duration_ms: tenth(durationMs),
    rate_per_s: durationMs > 0 ? rounded((measurement.ok * 1000) / durationMs) : 0,
    bytes: measurement.bytes,
    errors: measurement.errors,
    fds,
    warmup: { ...warmup, failed: interrupted ? 0 : warmup.sent - warmup.ok },
    interrupted,
    gave_up: outcome.gaveUp,
    not_run: outcome.notRun,
    open_loop: openLoop && lateness ? { unsent: openLoop.unsent, lateness_ms: lateness } : null,
    self: { ...outcome.self, limit: generatorLimit(outcome.self, measured) },
    expectations: [],
    distribution: measurement.rtt.distribution(),
    histogram: measurement.rtt.bars(),
    timeline: { interval_ms: measurement.timeline.intervalMs, points: measurement.timeline.points() },
  };
}

/** Whether every message came back right, nothing leaked, and what was expected holds. */
export function isGood({ messages, warmup, errors, fds, gave_up, expectations }: LoadReport): boolean {
  return (
    messages.failed === 0 &&
    warmup.failed === 0 &&
    errors.length === 0 &&
    !gave_up &&
    !hasLeak(fds) &&
    expectations.every(({ holds }) => holds)
  );
}

/** Whether the server holds descriptors that it did not hold before, or is gone. */
export function hasLeak(fds: Descriptors | null): boolean {
  return fds !== null && (fds.after === null || fds.after > fds.before);
}
