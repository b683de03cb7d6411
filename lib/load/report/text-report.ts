import { type Baseline, compareMetrics, differingSettings } from './comparison';
import { formatExpectation } from './expectation';
import { formatMetric } from './metrics';
import type { Summary } from '../measure/latencies';
import type { ClientLine } from './client-line';
import { type LoadReport, hasLeak } from './load-report';
import { durationTable, histogramLines, stageTable } from './text-tables';
import { formatBytes, formatDuration, formatRate, plural } from '../../text/quantities';

/** Up to this many clients have a line each. Of more, only those that failed have one, and at most as many. */
const FEW_CLIENTS = 10;
/** ms: a start that is later than this is reported. */
const LATE_MS = 100;

const ms = (value: number | null): string => (value === null ? 'none' : `${value.toFixed(2)}ms`);

export interface TextOptions {
  readonly baseline?: Baseline | undefined;
  /** A line for each client, however many there are. */
  readonly perClient?: boolean | undefined;
}

/** The report for people, in lines that each end with a newline. */
export function loadTextReport(
  report: LoadReport,
  clients: readonly ClientLine[],
  { baseline, perClient = false }: TextOptions = {},
): string {
  const tables = [
    ...(isPlain(report) ? [] : [durationTable(report), histogramLines(report)]),
    stageTable(report),
  ].filter((lines) => lines.length > 0);
  const rest = [
    ...noteLines(report),
    ...(baseline ? comparisonLines(baseline, report) : []),
    ...kneeLine(report),
    ...report.expectations.map(formatExpectation),
  ];
  return [
    headLine(report),
    ...clientLines(report, clients, perClient),
    totalLine(report),
    rttLine(report.rtt_ms),
    ...handshakeLine(report.handshake_ms),
    ...(isPlain(report) ? [] : detailLines(report)),
    ...report.errors.map(({ event, count, first }) => `error: ${event} ${plural(count, 'time')}, first ${first}`),
    ...fdsLine(report),
    ...tables.flatMap((lines) => ['', ...lines]),
    ...(tables.length > 0 && rest.length > 0 ? [''] : []),
    ...rest,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Whether clients run one after another and send one message at a time: the short report then says all there is. */
function isPlain({ settings }: LoadReport): boolean {
  const { duration_s, concurrency, pipeline, rate, warmup_s } = settings;
  return duration_s === null && concurrency === 1 && pipeline === 1 && rate === null && warmup_s === 0;
}

/** `load test of 127.0.0.1:9900: 100 clients, 1 at a time, 10 messages of 64 bytes each`. */
function headLine({ target, settings, shards, workers }: LoadReport): string {
  const { clients, concurrency, messages, duration_s, warmup_s, payload_size, pipeline, rate, connect_rate } = settings;
  const { hold_s, think_s, tls, send_proxy } = settings;
  const parts = [
    plural(clients, 'client'),
    ...(clients > 1 && messages !== null ? [concurrency === clients ? 'all at once' : `${concurrency} at a time`] : []),
    messages === null
      ? `messages of ${payload_size} bytes for ${duration_s} s`
      : `${plural(messages, 'message')} of ${payload_size} bytes each`,
    ...(tls ? ['over TLS'] : []),
    ...(send_proxy === 'off' ? [] : [`with a PROXY protocol header, ${send_proxy}`]),
    ...(rate === null ? [] : [`${rate}${typeof rate === 'number' ? '/s' : ''}, sent when due`]),
    ...(pipeline === null || pipeline === 1 ? [] : [`${pipeline} in flight`]),
    ...(connect_rate === null ? [] : [`${connect_rate} connections/s`]),
    ...(hold_s === 0 ? [] : [`${hold_s} s of silence between messages`]),
    ...(think_s === 0 ? [] : [`${think_s} s of silence on average between messages`]),
    ...(warmup_s === 0 ? [] : [`after ${warmup_s} s of warm-up`]),
  ];
  return `load test of ${target}: ${[...partLine(shards, workers), ...parts].join(', ')}`;
}

/** Which part of a run this is, and how many processes ran it, where it is not one. */
function partLine({ of, reports }: LoadReport['shards'], { count }: LoadReport['workers']): string[] {
  const [first] = reports;
  return [
    ...(of > 1 ? [reports.length === of ? `${of} shards` : `shard ${first?.index}/${of} of the following`] : []),
    ...(count > reports.length ? [plural(count, 'worker')] : []),
  ];
}

function clientLines(
  { settings: { messages } }: LoadReport,
  clients: readonly ClientLine[],
  perClient: boolean,
): string[] {
  if (messages === null) return [];
  const width = Math.max(3, String(clients.length).length);
  const line = ({ number, ok, rtt, fault }: ClientLine): string => {
    const head = `client ${String(number).padStart(width)}: ${ok}/${messages} ${fault === undefined ? 'ok' : 'FAILED'}`;
    const times = ok === 0 ? '' : `  rtt min=${ms(rtt.min)} max=${ms(rtt.max)} avg=${ms(rtt.avg)}`;
    return `${head}${times}${fault === undefined ? '' : `  ${fault}`}`;
  };
  if (perClient || clients.length <= FEW_CLIENTS) return clients.map(line);
  const failed = clients.filter(({ fault }) => fault !== undefined);
  const more = failed.length - FEW_CLIENTS;
  return [
    ...failed.slice(0, FEW_CLIENTS).map(line),
    ...(more > 0 ? [`... and ${more} more failed: --per-client shows them all`] : []),
  ];
}

function totalLine({ clients, messages: { ok, failed }, unanswered }: LoadReport): string {
  const all = ok + failed + unanswered;
  const open = unanswered > 0 ? `, ${unanswered} unanswered` : '';
  return `total: ${plural(clients, 'client')}, ${plural(all, 'message')}, ${ok} ok, ${failed} failed${open}`;
}

function rttLine({ min, p50, p90, p99, max }: Summary): string {
  if (min === null) return 'rtt: none, no message came back right';
  return `rtt: min=${ms(min)} p50=${ms(p50)} p90=${ms(p90)} p99=${ms(p99)} max=${ms(max)}`;
}

function handshakeLine(handshake: Summary | null): string[] {
  if (handshake?.min == null) return [];
  const { min, p50, p99, max } = handshake;
  return [`handshake: min=${ms(min)} p50=${ms(p50)} p99=${ms(p99)} max=${ms(max)}`];
}

function detailLines({ rate_per_s, duration_ms, bytes, messages, warmup, settings }: LoadReport): string[] {
  const perSecond = (bytes / (messages.ok || 1)) * rate_per_s;
  const lines = [
    `rate: ${formatRate(rate_per_s)} messages/s over ${formatDuration(duration_ms)}, ${formatBytes(bytes)} received (${formatBytes(perSecond)}/s)`,
  ];
  if (settings.warmup_s > 0) lines.push(`warm-up: ${plural(warmup.sent, 'message')}, ${warmup.ok} ok, not measured`);
  return lines;
}

function fdsLine({ fds }: LoadReport): string[] {
  if (fds === null) return [];
  const state = fds.after === null ? 'FAILED, the process has ended' : hasLeak(fds) ? 'FAILED, a leak' : 'ok';
  return [`fds: ${fds.before} before, ${fds.after ?? 'none'} after: ${state}`];
}

/** The highest rate that held, in words. */
function kneeLine({ knee, settings, expectations }: LoadReport): string[] {
  if (knee === null || expectations.length === 0) return [];
  const { held_per_s, broke_per_s, broke_stage } = knee;
  const held = held_per_s === null ? 'no stage held' : `${formatRate(held_per_s)} messages/s held`;
  const broke =
    broke_per_s === null
      ? `, the highest of --rate ${settings.rate}`
      : `; stage ${broke_stage}, up to ${formatRate(broke_per_s)}, did not`;
  return [`knee: ${held}${broke}`];
}

function noteLines({
  interrupted,
  ended_early,
  gave_up,
  not_run,
  open_loop,
  settings,
  self,
  shards,
  workers,
}: LoadReport): string[] {
  const notes: string[] = [];
  if (interrupted) notes.push('interrupted: the report covers the run up to then');
  if (ended_early) notes.push('ended at the first stage that did not hold');
  for (const lost of workers.lost) notes.push(`${lost}: its part is missing`);
  for (const { index, late_ms } of shards.reports) {
    if (late_ms > LATE_MS) notes.push(`shard ${index} started ${formatDuration(late_ms)} after --start-at`);
  }
  if (gave_up) notes.push('given up: client after client ran into the timeout');
  if (not_run > 0) notes.push(`${plural(not_run, 'client')} did not run`);
  if (open_loop !== null && open_loop.unsent > 0 && settings.duration_s !== null) {
    notes.push(`the rate was not reached: ${plural(open_loop.unsent, 'message')} could not be sent when due`);
  }
  if (self.limit !== null) notes.push(self.limit);
  return notes.map((note) => `note: ${note}`);
}

/** `+8.3%`, or `x20` for a large increase. */
function formatChange(percent: number | null): string {
  if (percent === null) return '';
  return percent >= 900
    ? `x${Math.round(percent / 100 + 1)}`
    : `${percent >= 0.05 ? '+' : ''}${percent.toFixed(1).replace('-0.0', '0.0')}%`;
}

function comparisonLines({ file, report: before }: Baseline, now: LoadReport): string[] {
  const rows = compareMetrics(before, now).map(({ name, unit, before: was, now: is, change, trend }) => {
    const cells = [
      formatMetric(was, unit).padStart(12),
      formatMetric(is, unit).padStart(12),
      formatChange(change).padStart(9),
    ];
    return `  ${name.padEnd(11)} ${cells.join(' ')}  ${trend}`;
  });
  const differing = differingSettings(before, now);
  return [
    `compared with ${file}, of ${before.started}:`,
    `  ${'metric'.padEnd(11)} ${'then'.padStart(12)} ${'now'.padStart(12)} ${'change'.padStart(9)}`,
    ...rows,
    ...(differing.length > 0 ? [`note: the settings of the two runs differ: ${differing.join('; ')}`] : []),
  ];
}
