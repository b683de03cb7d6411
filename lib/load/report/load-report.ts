import type { SendProxy } from '../../net/connect';
import { hostPort } from '../../net/host-port';
import { plural } from '../../text/quantities';
import type { LoadOutcome } from '../load-run';
import { Latencies, type StoredLatencies, type Summary } from '../measure/latencies';
import type { Descriptors } from '../measure/leak-check';
import type { ErrorCount } from '../measure/measurement';
import type { ProcessUsage } from '../measure/process-monitor';
import type { StoredTimeline } from '../measure/timeline';
import { type Shard, WHOLE } from '../share';
import { type ExpectationResult, roundedRate } from './results';
import { generatorLimit } from './generator-limit';
import { type Knee, type StageReport, stageReport } from './stage-report';

/** The version of the report's form. Reports of another are not read. */
export const FORMAT = 1;

/** A part of a run: what one process or machine drove. */
export interface ShardReport {
  /** Counted from 0. */
  readonly index: number;
  /** When it started; ISO 8601. */
  readonly started: string;
  /** How long that was after `--start-at`. */
  readonly late_ms: number;
}

/** A load test's result, as `--json` prints it and `--compare` reads it. */
export interface LoadReport {
  readonly format: typeof FORMAT;
  readonly version: string;
  /** ISO 8601. */
  readonly started: string;
  readonly target: string;
  /** The parts that this report covers, and of how many: all of them, unless it is that of one shard. */
  readonly shards: { readonly of: number; readonly reports: readonly ShardReport[] };
  /** The processes on this machine that shared the work; `lost` are those that ended without a report, in words. */
  readonly workers: { readonly count: number; readonly lost: readonly string[] };
  /** The settings of the whole run; null is off, or no limit. */
  readonly settings: {
    readonly clients: number;
    readonly concurrency: number;
    readonly messages: number | null;
    readonly duration_s: number | null;
    readonly warmup_s: number;
    readonly payload_size: string;
    readonly pipeline: number | null;
    /** Messages per second, or a schedule as it was written. */
    readonly rate: number | string | null;
    readonly connect_rate: number | null;
    readonly timeout_s: number;
    readonly tls: boolean;
    readonly send_proxy: SendProxy;
    readonly hold_s: number;
    readonly think_s: number;
    readonly local_addresses: readonly string[];
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
  /** Messages that came back right, in the time that was measured. */
  readonly rate_per_s: number;
  /** Bytes received, headers included. */
  readonly bytes: number;
  readonly errors: readonly Readonly<ErrorCount>[];
  readonly fds: Descriptors | null;
  readonly warmup: { readonly sent: number; readonly ok: number; readonly failed: number };
  readonly interrupted: boolean;
  /** Ended by `--stop-on-failure`, at a stage that did not hold. */
  readonly ended_early: boolean;
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
  readonly timeline: StoredTimeline;
  /** The stages of a schedule that have begun; none where there is no schedule. */
  readonly stages: readonly StageReport[];
  /** Null where no stage was judged. */
  readonly knee: Knee | null;
  /** All durations, so that reports can be merged. */
  readonly latencies: {
    readonly rtt: StoredLatencies;
    readonly connect: StoredLatencies;
    /** Null without TLS. */
    readonly handshake: StoredLatencies | null;
    readonly lateness: StoredLatencies | null;
  };
}

/** What a report has besides the outcome of the run. */
export interface ReportContext {
  readonly version: string;
  readonly fds: Descriptors | null;
  /** Default: all of the run. */
  readonly shard?: Shard;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
const orNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

export function makeReport(outcome: LoadOutcome, { version, fds, shard = WHOLE }: ReportContext): LoadReport {
  const { plan, measurement, clients, durationMs, interrupted, openLoop } = outcome;
  const { min, max } = plan.payload;
  const failed = clients
    .filter(({ fault }) => fault !== undefined)
    .reduce((sum, { sent, ok }) => sum + (plan.messages ?? sent) - ok, 0);
  const unanswered = clients
    .filter(({ fault }) => fault === undefined)
    .reduce((sum, { sent, ok }) => sum + sent - ok, 0);
  const { warmup } = measurement;
  const durations = {
    rtt: measurement.rtt,
    connect: measurement.connect,
    handshake: plan.tls && measurement.handshake,
    lateness: openLoop?.lateness,
  };
  const results = durationResults(durations);
  const rtt = results.rtt_ms;
  const lateness = openLoop?.lateness.summary();
  const exhausted = measurement.errors.find(({ event }) => event === 'local_exhausted')?.count ?? 0;
  const measured = { ok: measurement.ok, durationMs, rtt, lateness, exhausted };
  const started = outcome.startedAt.toISOString();
  return {
    format: FORMAT,
    version,
    started,
    target: hostPort(plan.host, plan.port),
    shards: { of: shard.of, reports: [{ index: shard.index, started, late_ms: outcome.startLateMs }] },
    workers: { count: 1, lost: [] },
    settings: {
      clients: plan.clients,
      concurrency: plan.concurrency,
      messages: orNull(plan.messages),
      duration_s: plan.durationMs === undefined ? null : plan.durationMs / 1000,
      warmup_s: plan.warmupMs / 1000,
      payload_size: min === max ? String(min) : `${min}-${max}`,
      pipeline: orNull(plan.pipeline),
      rate: plan.rate ?? null,
      connect_rate: orNull(plan.connectRate),
      timeout_s: plan.timeout,
      tls: plan.tls !== undefined,
      send_proxy: plan.sendProxy ?? 'off',
      hold_s: plan.holdMs / 1000,
      think_s: plan.thinkMs / 1000,
      local_addresses: plan.localAddresses,
    },
    clients: outcome.share.clients - outcome.notRun,
    messages: { sent: measurement.sent, ok: measurement.ok, failed },
    unanswered,
    rtt_ms: rtt,
    handshake_ms: results.handshake_ms,
    connect_ms: results.connect_ms,
    duration_ms: tenth(durationMs),
    rate_per_s: roundedRate(measurement.okInTime, durationMs),
    bytes: measurement.bytes,
    errors: measurement.errors,
    fds,
    warmup: { ...warmup, failed: interrupted ? 0 : warmup.sent - warmup.ok },
    interrupted,
    ended_early: outcome.endedEarly,
    gave_up: outcome.gaveUp,
    not_run: outcome.notRun,
    open_loop: openLoop && lateness ? { unsent: openLoop.unsent, lateness_ms: lateness } : null,
    self: { ...outcome.self, limit: generatorLimit(outcome.self, measured) },
    expectations: [],
    distribution: results.distribution,
    histogram: results.histogram,
    timeline: measurement.timeline.stored(),
    stages: measurement.stages.all
      .map((stage) => stageReport(stage, plan.warmupMs, durationMs))
      .filter(({ duration_s }) => duration_s > 0),
    knee: null,
    latencies: results.latencies,
  };
}

/** The durations of a run. */
export interface Durations {
  readonly rtt: Latencies;
  readonly connect: Latencies;
  /** Undefined without TLS. */
  readonly handshake?: Latencies | undefined;
  /** Undefined without a rate. */
  readonly lateness?: Latencies | undefined;
}

/** What a report has of durations. */
export function durationResults({
  rtt,
  connect,
  handshake,
  lateness,
}: Durations): Pick<LoadReport, 'rtt_ms' | 'connect_ms' | 'handshake_ms' | 'distribution' | 'histogram' | 'latencies'> {
  return {
    rtt_ms: rtt.summary(),
    connect_ms: connect.summary(),
    handshake_ms: handshake?.summary() ?? null,
    distribution: rtt.distribution(),
    histogram: rtt.bars(),
    latencies: {
      rtt: rtt.stored(),
      connect: connect.stored(),
      handshake: handshake?.stored() ?? null,
      lateness: lateness?.stored() ?? null,
    },
  };
}

/**
 * The durations that a report stands for.
 * @throws {TypeError} where they cannot be decoded
 */
export function durationsOf({ latencies: { rtt, connect, handshake, lateness } }: LoadReport): Durations {
  return {
    rtt: Latencies.from(rtt),
    connect: Latencies.from(connect),
    handshake: handshake === null ? undefined : Latencies.from(handshake),
    lateness: lateness === null ? undefined : Latencies.from(lateness),
  };
}

/** Why a run did not pass, in words: messages that failed, errors, a leak, expectations that do not hold. Empty where it passed. */
export function problemsOf({
  messages,
  warmup,
  errors,
  fds,
  gave_up,
  expectations,
  workers,
  knee,
  ended_early,
}: LoadReport): string[] {
  const unmet = expectations.filter(({ holds }) => !holds).length;
  const failed = messages.failed + warmup.failed;
  return [
    ...(messages.failed > 0 ? [`${messages.failed.toLocaleString('en')} failed`] : []),
    ...(warmup.failed > 0 ? [`${warmup.failed.toLocaleString('en')} failed in the warm-up`] : []),
    ...(failed === 0 && errors.length > 0 ? ['errors'] : []),
    ...(gave_up ? ['given up'] : []),
    ...(hasLeak(fds) ? [fds?.after === null ? 'the server has ended' : 'a descriptor leak'] : []),
    ...(workers.lost.length > 0 ? [`${plural(workers.lost.length, 'worker')} lost`] : []),
    ...(ended_early ? [`stage ${knee?.broke_stage ?? 1} did not hold`] : []),
    ...(unmet > 0 ? [plural(unmet, 'unmet expectation')] : []),
  ];
}

/** Whether the server has more open descriptors than before, or has ended. */
export function hasLeak(fds: Descriptors | null): boolean {
  return fds !== null && (fds.after === null || fds.after > fds.before);
}
