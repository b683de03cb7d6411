import { formatDuration, formatRate } from '../../text/quantities';
import type { Summary } from '../measure/latencies';
import type { LoadReport } from './load-report';
import type { StageReport } from './stage-report';

const COLUMN = 8;
const LABEL = 12;

/** Three significant digits, and at most as many decimals: `0.031`, `12.3`, `1204`. */
const short = (ms: number | null): string =>
  ms === null ? '-' : ms >= 100 ? String(Math.round(ms)) : ms < 1 ? ms.toFixed(3) : ms.toPrecision(3);

const row = (label: string, cells: readonly string[]): string =>
  `  ${label.padEnd(LABEL)}${cells.map((cell) => cell.padStart(COLUMN)).join('')}`;

const columns: readonly (readonly [head: string, key: keyof Summary])[] = [
  ['min', 'min'],
  ['avg', 'avg'],
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
  ['p99.99', 'p9999'],
  ['max', 'max'],
];

/** Round trips, connects and the load test's own lateness, a row each, where there are any. */
export function durationTable({ rtt_ms, connect_ms, open_loop }: LoadReport): string[] {
  const rows: [label: string, summary: Summary | undefined][] = [
    ['round trip', rtt_ms],
    ['connect', connect_ms],
    ['sent late', open_loop?.lateness_ms],
  ];
  const known = rows.filter((each): each is [string, Summary] => each[1] !== undefined && each[1].min !== null);
  if (known.length === 0) return [];
  return [
    row(
      'ms',
      columns.map(([head]) => head),
    ),
    ...known.map(([label, summary]) =>
      row(
        label,
        columns.map(([, key]) => short(summary[key])),
      ),
    ),
  ];
}

const MOST_BARS = 10;
const LONGEST_BAR = 40;

/** The round trips' histogram, in at most ten bars. */
export function histogramLines({ histogram }: LoadReport): string[] {
  const perBar = Math.max(1, Math.ceil(histogram.length / MOST_BARS));
  const bars: { to: number; count: number }[] = [];
  for (let index = 0; index < histogram.length; index += perBar) {
    const part = histogram.slice(index, index + perBar);
    bars.push({ to: part.at(-1)?.[1] ?? 0, count: part.reduce((sum, [, , count]) => sum + count, 0) });
  }
  if (bars.length < 2) return [];
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...bars.map(({ count }) => count));
  return bars.map(({ to, count }) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * LONGEST_BAR));
    const share = `${((100 * count) / total).toFixed(2)} %`;
    return `  up to ${short(to).padStart(7)} ms  ${share.padStart(8)}  ${'#'.repeat(length)}`.trimEnd();
  });
}

const rates = ({ from, to }: StageReport): string =>
  from === to ? formatRate(to) : `${formatRate(from)}..${formatRate(to)}`;

const RATE_COLUMN = 14;

/** A row for each stage of a schedule. */
export function stageTable({ stages, expectations }: LoadReport): string[] {
  if (stages.length === 0) return [];
  const isJudged = expectations.length > 0;
  const line = (number: string, wanted: string, cells: readonly string[], verdict: string): string =>
    `  ${number.padStart(5)} ${wanted.padStart(RATE_COLUMN)} ${cells.map((cell) => cell.padStart(COLUMN)).join('')}  ${verdict}`.trimEnd();
  return [
    line('stage', 'wanted/s', ['for', 'came/s', 'p50 ms', 'p99 ms', 'max ms', 'unsent', 'failed'], ''),
    ...stages.map((stage, index) => {
      const { duration_s, rate_per_s, rtt_ms, due, sent, ok } = stage;
      const cells = [
        formatDuration(duration_s * 1000),
        formatRate(rate_per_s),
        short(rtt_ms.p50),
        short(rtt_ms.p99),
        short(rtt_ms.max),
        String(due - sent),
        String(sent - ok),
      ];
      return line(String(index + 1), rates(stage), cells, isJudged ? verdictOf(stage) : '');
    }),
  ];
}

/** `held`, or why a stage did not. */
function verdictOf({ held, expectations, due, ok }: StageReport): string {
  if (held === null) return 'not complete';
  if (held) return 'held';
  const unmet = expectations.filter(({ holds }) => !holds).map(({ expect }) => expect);
  return `FAILED: ${unmet.length > 0 ? unmet.join(', ') : `${due - ok} did not come back right`}`;
}
