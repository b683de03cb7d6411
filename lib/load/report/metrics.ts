import type { Latencies } from '../measure/latencies';
import type { Results } from './results';
import { formatRate } from '../../text/quantities';

/** The round trips and connects of a run, for percentiles that its report does not have. */
export interface Distributions {
  readonly rtt: Latencies;
  readonly connect: Latencies;
}

/** A metric of a report, by its name in `--expect` and `--compare`. */
export interface Metric {
  readonly unit: 'ms' | '/s' | '';
  readonly better: 'less' | 'more';
  /** The value; null where no message came back right. */
  readonly of: (results: Results) => number | null;
}

/** A metric of {@link metrics}, or any percentile. */
export interface AnyMetric extends Pick<Metric, 'unit'> {
  readonly of: (results: Results, all: Distributions) => number | null;
}

const rtt = (key: keyof Results['rtt_ms']): Metric => ({
  unit: 'ms',
  better: 'less',
  of: ({ rtt_ms }) => rtt_ms[key],
});
const connect = (key: keyof Results['connect_ms']): Metric => ({
  unit: 'ms',
  better: 'less',
  of: ({ connect_ms }) => connect_ms[key],
});

const handshake = (key: keyof Results['connect_ms']): Metric => ({
  unit: 'ms',
  better: 'less',
  of: ({ handshake_ms }) => handshake_ms?.[key] ?? null,
});

export const metrics: Readonly<Record<string, Metric>> = {
  rate: { unit: '/s', better: 'more', of: ({ rate_per_s }) => rate_per_s },
  min: rtt('min'),
  avg: rtt('avg'),
  stddev: rtt('stddev'),
  p50: rtt('p50'),
  p90: rtt('p90'),
  p99: rtt('p99'),
  'p99.9': rtt('p999'),
  'p99.99': rtt('p9999'),
  max: rtt('max'),
  'connect.avg': connect('avg'),
  'connect.p99': connect('p99'),
  'connect.max': connect('max'),
  'handshake.avg': handshake('avg'),
  'handshake.p99': handshake('p99'),
  'handshake.max': handshake('max'),
  sent: { unit: '', better: 'more', of: ({ messages }) => messages.sent },
  ok: { unit: '', better: 'more', of: ({ messages }) => messages.ok },
  failed: { unit: '', better: 'less', of: ({ messages }) => messages.failed },
  errors: { unit: '', better: 'less', of: ({ errors }) => errors.reduce((sum, { count }) => sum + count, 0) },
  unsent: { unit: '', better: 'less', of: ({ open_loop }) => open_loop?.unsent ?? 0 },
};

/** A percentile of the round trips, `p95` or `p99.95`, or of the connects, `connect.p95`. */
const PERCENTILE = /^(connect\.)?p(\d+(?:\.\d+)?)$/;

/** The metric of that name: one of {@link metrics}, or a percentile over 0 and up to 100; undefined for any other name. */
export function metricOf(name: string): AnyMetric | undefined {
  if (Object.hasOwn(metrics, name)) return metrics[name];
  const [, ofConnect, number] = PERCENTILE.exec(name) ?? [];
  const percent = Number(number);
  if (!(percent > 0 && percent <= 100)) return undefined;
  return { unit: 'ms', of: (_, { rtt, connect }) => (ofConnect ? connect : rtt).percentile(percent) ?? null };
}

/** A metric's value with its unit: `0.45ms`, `27078/s`, `3`; `none` for null. */
export function formatMetric(value: number | null, unit: Metric['unit']): string {
  if (value === null) return 'none';
  if (unit === 'ms') return `${value.toFixed(2)}ms`;
  return unit === '/s' ? `${formatRate(value)}/s` : String(value);
}
