import type { ErrorCount } from '../measure/measurement';
import type { Summary } from '../measure/latencies';
import type { Descriptors } from '../measure/leak-check';
import type { LoadOutcome } from '../load-run';
import type { ProcessUsage } from '../measure/process-monitor';
import type { TimelinePoint } from '../measure/timeline';
import { hostPort } from '../../net/host-port';
import { plural } from '../../text/quantities';
import { generatorLimit } from './generator-limit';

/** An expectation, and whether it holds. */
export interface ExpectationResult {
  readonly expect: string;
  readonly actual: number | null;
  /** Of `actual`: ms, messages per second, or a count. */
  readonly unit: 'ms' | '/s' | '';
  readonly holds: boolean;
}

/** A load test's result, as `--json` prints it and `--compare` reads it. */
export interface LoadReport {
  readonly version: string;
  /** ISO 8601. */
  readonly started: string;
  readonly target: string;
  /** The settings of the run; null is off, or no limit. */
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
  /** Clients that were started. */
  readonly clients: number;
  /** `failed` did not come back right. In a run that ends by count, it includes what a client could not send because it had failed. */
  readonly messages: { readonly sent: number; readonly ok: number; readonly failed: number };
  /** Messages that were in flight when the run was interrupted. */
  readonly unanswered: number;
  readonly rtt_ms: Summary;
  readonly connect_ms: Summary;
  /** TLS handshakes, each a full one; null without TLS. */
  readonly handshake_ms: Summary | null;
  readonly duration_ms: number;
  /** Messages that came back right. */
  readonly rate_per_s: number;
  /** Bytes received, headers included. */
  readonly bytes: number;
  readonly errors: readonly Readonly<ErrorCount>[];
  readonly fds: Descriptors | null;
  readonly warmup: { readonly sent: number; readonly ok: number; readonly failed: number };
  readonly interrupted: boolean;
  readonly gave_up: boolean;
  readonly not_run: number;
  /** In an open loop: messages that were due and never sent, and how late this process was. */
  readonly open_loop: { readonly unsent: number; readonly lateness_ms: Summary } | null;
  /** This process itself; `limit` says why it, and not the server, may have limited the run. */
  readonly self: ProcessUsage & { readonly limit: string | null };
  readonly expectations: readonly ExpectationResult[];
  /** Percentiles of the round trips. */
  readonly distribution: readonly (readonly [percent: number, ms: number])[];
  /** Ranges of round trips, and how many messages fall into each. */
  readonly histogram: readonly (readonly [from: number, to: number, count: number])[];
  readonly timeline: { readonly interval_ms: number; readonly points: readonly TimelinePoint[] };
}

/** What a report has besides the outcome of the run. */
export interface ReportContext {
  readonly version: string;
  readonly started: Date;
  readonly fds: Descriptors | null;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
/** A low rate keeps its digits: 0.25/s is not 0.3/s. */
const rounded = (rate: number): number => (rate >= 100 ? tenth(rate) : Number(rate.toPrecision(4)));
const orNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

export function makeReport(outcome: LoadOutcome, { version, started, fds }: ReportContext): LoadReport {
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

/** Why a run did not pass, in words: messages that failed, errors, a leak, expectations that do not hold. Empty where it passed. */
export function problemsOf({ messages, warmup, errors, fds, gave_up, expectations }: LoadReport): string[] {
  const unmet = expectations.filter(({ holds }) => !holds).length;
  const failed = messages.failed + warmup.failed;
  return [
    ...(messages.failed > 0 ? [`${messages.failed.toLocaleString('en')} failed`] : []),
    ...(warmup.failed > 0 ? [`${warmup.failed.toLocaleString('en')} failed in the warm-up`] : []),
    ...(failed === 0 && errors.length > 0 ? ['errors'] : []),
    ...(gave_up ? ['given up'] : []),
    ...(hasLeak(fds) ? [fds?.after === null ? 'the server has ended' : 'a descriptor leak'] : []),
    ...(unmet > 0 ? [plural(unmet, 'unmet expectation')] : []),
  ];
}

/** Whether the server has more open descriptors than before, or has ended. */
export function hasLeak(fds: Descriptors | null): boolean {
  return fds !== null && (fds.after === null || fds.after > fds.before);
}
