import type { MetricRow } from './metric-table';
import { asText } from './metrics-text';
import { type Page, type Pages, plainPage } from './pages';

/** What is known of a load test under way. Counts are those since its start, the warm-up included. */
export interface LoadStats {
  readonly sent: number;
  readonly ok: number;
  readonly errors: number;
  readonly bytes: number;
  /** Messages that are due and not sent yet. */
  readonly unsent: number;
  /** Round trips of the last second in seconds; NaN where no reply came. */
  readonly recent: { readonly p50: number; readonly p99: number; readonly max: number };
}

type Row = MetricRow<LoadStats>;

const counter = (name: string, help: string, of: (stats: LoadStats) => number): Row => ({
  name,
  type: 'counter',
  help,
  values: (stats) => [{ labels: {}, value: of(stats) }],
});

/** Every metric of a load test, a row each. */
const metrics: readonly Row[] = [
  counter('trustctl_load_messages_sent_total', 'Messages sent, those of the warm-up included.', ({ sent }) => sent),
  counter('trustctl_load_messages_ok_total', 'Messages that came back right.', ({ ok }) => ok),
  counter('trustctl_load_errors_total', 'Errors of clients.', ({ errors }) => errors),
  counter('trustctl_load_received_bytes_total', 'Bytes received, headers included.', ({ bytes }) => bytes),
  {
    name: 'trustctl_load_messages_unsent',
    type: 'gauge',
    help: 'Messages that are due and not sent yet.',
    values: ({ unsent }) => [{ labels: {}, value: unsent }],
  },
  {
    name: 'trustctl_load_round_trip_seconds',
    type: 'gauge',
    help: 'Round trips of the last second: quantiles.',
    values: ({ recent: { p50, p99, max } }) => [
      { labels: { quantile: '0.5' }, value: p50 },
      { labels: { quantile: '0.99' }, value: p99 },
      { labels: { quantile: '1' }, value: max },
    ],
  },
];

/** The pages of a load test: that it runs, and its metrics. @param stats at the time of asking */
export function loadPages(stats: () => LoadStats): Pages {
  return new Map<string, () => Page | Promise<Page>>([
    ['/livez', () => plainPage(200, 'alive')],
    ['/readyz', () => plainPage(200, 'running')],
    [
      '/metrics',
      async () => {
        const { type, text } = await asText(metrics, stats());
        return { status: 200, type, body: text };
      },
    ],
  ]);
}
