import { isDeepStrictEqual } from 'node:util';
import { RunError } from '../../errors/run-error';
import { Latencies, worstOf } from '../measure/latencies';
import type { ErrorCount } from '../measure/measurement';
import { Timeline } from '../measure/timeline';
import { roundedRate } from './results';
import { type Durations, type LoadReport, type ShardReport, durationResults, durationsOf } from './load-report';
import { mergeStages } from './stage-report';

/** A report, and the file that it comes from. */
export interface ReportFile {
  readonly file: string;
  readonly report: LoadReport;
}

/**
 * Checks that reports are the parts of one run: every shard once, of the same load, begun together.
 * @param maxSkewMs how far apart they may have started
 * @throws {RunError} `usage` in a sentence that names the shard and the file
 */
export function checkShards(files: readonly ReportFile[], maxSkewMs: number): void {
  const [first] = files as [ReportFile];
  const { of } = first.report.shards;
  for (const other of files) {
    if (other.report.shards.of !== of) {
      refuse(`${first.file} is of a run of ${of} shards, and ${other.file} of one of ${other.report.shards.of}`);
    }
    const setting = differingSetting(first.report, other.report);
    if (setting !== undefined) refuse(`${name(other)} measured something else than ${name(first)}: ${setting}`);
  }
  const known = new Map<number, ReportFile>();
  for (const each of files) {
    for (const { index } of each.report.shards.reports) {
      const twin = known.get(index);
      if (twin !== undefined) refuse(`shard ${index} of ${of} is given twice: in ${twin.file} and in ${each.file}`);
      known.set(index, each);
    }
  }
  const missing = Array.from({ length: of }, (_, index) => index).filter((index) => !known.has(index));
  if (missing.length > 0) {
    refuse(
      `of ${of} shards ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ' …' : ''} ${missing.length === 1 ? 'is' : 'are'} missing`,
    );
  }
  checkStarts(files, maxSkewMs);
}

function checkStarts(files: readonly ReportFile[], maxSkewMs: number): void {
  const startOf = ({ report }: ReportFile): number => Date.parse(report.started);
  const ordered = files.toSorted((a, b) => startOf(a) - startOf(b));
  const [first, last] = [ordered[0], ordered.at(-1)] as [ReportFile, ReportFile];
  const apart = startOf(last) - startOf(first);
  if (apart <= maxSkewMs) return;
  refuse(
    `${name(last)} started ${apart / 1000} s after ${name(first)}, and --max-skew allows ${maxSkewMs / 1000} s: begin them together with --start-at`,
  );
}

/** `shard 2 of 3 (c.json)`. */
function name({ file, report: { shards } }: ReportFile): string {
  return `shard ${shards.reports.map(({ index }) => index).join(', ')} of ${shards.of} (${file})`;
}

/** A setting in which two reports differ, in words; undefined where there is none. */
function differingSetting(one: LoadReport, other: LoadReport): string | undefined {
  if (one.target !== other.target) return `${other.target}, and not ${one.target}`;
  const keys = Object.keys(one.settings) as (keyof LoadReport['settings'])[];
  const key = keys.find((each) => !isDeepStrictEqual(one.settings[each], other.settings[each]));
  return key && `${key} ${String(other.settings[key])}, and not ${String(one.settings[key])}`;
}

function refuse(why: string): never {
  throw new RunError('usage', why);
}

/**
 * Reports of parts of one run as that of the whole. Percentiles are those of all messages together; counts, rates, bytes and errors
 * are sums; how busy and how late the load test was is that of the worst part.
 */
export function mergeReports(reports: readonly LoadReport[]): LoadReport {
  const [first] = reports as [LoadReport];
  const sum = (of: (report: LoadReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const max = (of: (report: LoadReport) => number): number => Math.max(...reports.map(of));
  const any = (of: (report: LoadReport) => boolean): boolean => reports.some(of);
  const results = durationResults(addDurations(reports.map(durationsOf)));
  const openLoops = reports.map(({ open_loop }) => open_loop).filter((each) => each !== null);
  const messages = {
    sent: sum((report) => report.messages.sent),
    ok: sum((report) => report.messages.ok),
    failed: sum((report) => report.messages.failed),
  };
  const fds = reports.filter((report) => report.fds !== null).map((report) => report.fds);
  return {
    ...first,
    ...results,
    started: reports.map(({ started }) => started).reduce((a, b) => (a < b ? a : b)),
    shards: { of: first.shards.of, reports: addShards(reports.flatMap(({ shards }) => shards.reports)) },
    workers: { count: sum(({ workers }) => workers.count), lost: reports.flatMap(({ workers }) => workers.lost) },
    clients: sum(({ clients }) => clients),
    messages,
    unanswered: sum(({ unanswered }) => unanswered),
    duration_ms: max(({ duration_ms }) => duration_ms),
    rate_per_s:
      reports.length === 1
        ? first.rate_per_s
        : roundedRate(
            sum(({ rate_per_s }) => rate_per_s),
            1000,
          ),
    bytes: sum(({ bytes }) => bytes),
    errors: addErrors(reports.flatMap(({ errors }) => errors)),
    fds: fds.length === 1 ? (fds[0] ?? null) : null, // of several servers, or of one at different times
    warmup: {
      sent: sum(({ warmup }) => warmup.sent),
      ok: sum(({ warmup }) => warmup.ok),
      failed: sum(({ warmup }) => warmup.failed),
    },
    interrupted: any(({ interrupted }) => interrupted),
    ended_early: any(({ ended_early }) => ended_early),
    gave_up: any(({ gave_up }) => gave_up),
    not_run: sum(({ not_run }) => not_run),
    open_loop:
      openLoops.length === 0
        ? null
        : {
            unsent: openLoops.reduce((total, { unsent }) => total + unsent, 0),
            lateness_ms: worstOf(openLoops.map(({ lateness_ms }) => lateness_ms)),
          },
    self: worstSelf(reports),
    expectations: [],
    timeline: Timeline.merge(
      reports.map(({ timeline, started }) => ({ timeline, start: Date.parse(started) })),
    ).stored(),
    stages: first.stages.flatMap((_, index) => mergedStage(reports, index)),
    knee: null,
  };
}

/** A stage that only some of the parts have begun, because others were stopped before it, is left out. */
function mergedStage(reports: readonly LoadReport[], index: number): LoadReport['stages'] {
  const parts = reports.map(({ stages }) => stages[index]).filter((stage) => stage !== undefined);
  return parts.length === reports.length ? [mergeStages(parts)] : [];
}

function addDurations(parts: readonly Durations[]): Durations {
  const [rtt, connect] = [new Latencies(), new Latencies()];
  for (const part of parts) {
    rtt.add(part.rtt);
    connect.add(part.connect);
  }
  const handshake = addOptional(parts.map((part) => part.handshake));
  return { rtt, connect, handshake, lateness: addOptional(parts.map((part) => part.lateness)) };
}

/** The sum of those that there are; undefined if there are none. */
function addOptional(parts: readonly (Latencies | undefined)[]): Latencies | undefined {
  const given = parts.filter((part) => part !== undefined);
  if (given.length === 0) return undefined;
  const sum = new Latencies();
  for (const part of given) sum.add(part);
  return sum;
}

/** Each shard once, and its earliest start: workers of one shard report the same. */
function addShards(all: readonly ShardReport[]): ShardReport[] {
  const byIndex = new Map<number, ShardReport>();
  for (const shard of all) {
    const known = byIndex.get(shard.index);
    if (known === undefined || shard.started < known.started) byIndex.set(shard.index, shard);
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

function addErrors(all: LoadReport['errors']): ErrorCount[] {
  const byEvent = new Map<string, ErrorCount>();
  for (const error of all) {
    const known = byEvent.get(error.event);
    if (known) known.count += error.count;
    else byEvent.set(error.event, { ...error });
  }
  return [...byEvent.values()];
}

/** Of the reports of parts that may have been the limit themselves that of the part that was late the most. */
function mostLate(reports: readonly LoadReport[]): LoadReport | undefined {
  const lateness = ({ open_loop, self }: LoadReport): number => open_loop?.lateness_ms.p99 ?? self.loop_delay_ms.max;
  return reports.filter(({ self }) => self.limit !== null).toSorted((a, b) => lateness(b) - lateness(a))[0];
}

function worstSelf(reports: readonly LoadReport[]): LoadReport['self'] {
  const worst = (of: (self: LoadReport['self']) => number): number => Math.max(...reports.map(({ self }) => of(self)));
  return {
    cpu_percent: worst(({ cpu_percent }) => cpu_percent),
    loop_delay_ms: {
      avg: worst(({ loop_delay_ms }) => loop_delay_ms.avg),
      p99: worst(({ loop_delay_ms }) => loop_delay_ms.p99),
      max: worst(({ loop_delay_ms }) => loop_delay_ms.max),
    },
    limit: mostLate(reports)?.self.limit ?? null,
  };
}
