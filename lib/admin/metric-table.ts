import { type ServerStats, lagBounds, zeroStats } from '../server/stats/server-stats';

/** What the metrics are made of, at one moment. */
export interface MetricSources {
  readonly stats: ServerStats;
  readonly isReady: boolean;
  /** Processes that serve. */
  readonly workers: number;
  readonly version: string;
  /** When the service started, in ms since 1970. */
  readonly startedAt: number;
}

/** One value of a metric, in the form of prom-client. */
interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it is not the metric's own: of a histogram. */
  readonly metricName?: string;
}

/** @typeParam Sources what its values are read from */
export interface MetricRow<Sources = MetricSources> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly values: (sources: Sources) => readonly MetricValue[];
}

const single = (value: number): readonly MetricValue[] => [{ labels: {}, value }];

const byLabel = (label: string, numbers: Readonly<Record<string, number>>): readonly MetricValue[] =>
  Object.entries(numbers).map(([name, value]) => ({ labels: { [label]: name }, value }));

const LAG = 'trustctl_event_loop_lag_seconds';

/** Buckets as Prometheus wants them: each holds those below it, too. */
function histogram(metric: string, { buckets, seconds }: ServerStats['counters']['eventLoopLag']): MetricValue[] {
  let count = 0;
  const values = [...lagBounds.map(String), '+Inf'].map((le): MetricValue => {
    count += buckets[le] ?? 0;
    return { metricName: `${metric}_bucket`, labels: { le }, value: count };
  });
  values.push({ metricName: `${metric}_sum`, labels: {}, value: seconds });
  values.push({ metricName: `${metric}_count`, labels: {}, value: count });
  return values;
}

/**
 * Every metric, a row each. Labels have the values that the code knows and no others.
 * @see https://prometheus.io/docs/practices/naming/
 */
export const metrics: readonly MetricRow[] = [
  {
    name: 'trustctl_build_info',
    type: 'gauge',
    help: 'Always 1; the labels tell what runs.',
    values: ({ version }) => [{ labels: { version, node_version: process.version }, value: 1 }],
  },
  {
    name: 'trustctl_ready',
    type: 'gauge',
    help: '1 while the service takes new clients, as /readyz tells it, else 0.',
    values: ({ isReady }) => single(Number(isReady)),
  },
  {
    name: 'trustctl_workers',
    type: 'gauge',
    help: 'Processes that serve.',
    values: ({ workers }) => single(workers),
  },
  {
    name: 'trustctl_worker_restarts_total',
    type: 'counter',
    help: 'Worker processes that ended unasked and are started again.',
    values: ({ stats }) => single(stats.counters.workerRestarts),
  },
  {
    name: 'trustctl_connections',
    type: 'gauge',
    help: 'Open connections by state.',
    values: ({ stats }) => byLabel('state', stats.gauges.connections),
  },
  {
    name: 'trustctl_connections_accepted_total',
    type: 'counter',
    help: 'Connections accepted.',
    values: ({ stats }) => single(stats.counters.accepted),
  },
  {
    name: 'trustctl_connections_dropped_total',
    type: 'counter',
    help: 'Connections dropped at once: server.maxConnections were open, or no descriptor was left.',
    values: ({ stats }) => single(stats.counters.dropped),
  },
  {
    name: 'trustctl_connections_closed_total',
    type: 'counter',
    help: 'Accepted connections that closed, by the event that caused it; disconnect is the client that ended in order.',
    values: ({ stats }) => byLabel('reason', stats.counters.closes),
  },
  {
    name: 'trustctl_guard_timeouts_total',
    type: 'counter',
    help: 'Connections that a guard ended, counted when it fired.',
    values: ({ stats }) => byLabel('guard', stats.counters.guardTimeouts),
  },
  {
    name: 'trustctl_tls_handshakes_total',
    type: 'counter',
    help: 'TLS handshakes by result.',
    values: ({ stats }) => byLabel('result', stats.counters.handshakes),
  },
  {
    name: 'trustctl_frames_received_total',
    type: 'counter',
    help: 'Whole frames received, those of open connections included.',
    values: ({ stats }) => single(stats.counters.frames),
  },
  {
    name: 'trustctl_received_bytes_total',
    type: 'counter',
    help: 'Bytes received, those of open connections included.',
    values: ({ stats }) => single(stats.counters.bytesIn),
  },
  {
    name: 'trustctl_sent_bytes_total',
    type: 'counter',
    help: 'Bytes that the kernel took to send, those of open connections included.',
    values: ({ stats }) => single(stats.counters.bytesOut),
  },
  {
    name: LAG,
    type: 'histogram',
    help: 'How late timers run, measured 20 times a second in each process.',
    values: ({ stats }) => histogram(LAG, stats.counters.eventLoopLag),
  },
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of all processes of the service, user and system.',
    values: ({ stats }) => single(stats.counters.cpuSeconds),
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of all processes of the service.',
    values: ({ stats }) => single(stats.gauges.residentBytes),
  },
  {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Open descriptors of all processes of the service; absent where the system does not tell.',
    values: ({ stats: { gauges } }) => (gauges.openDescriptors > 0 ? single(gauges.openDescriptors) : []),
  },
  {
    name: 'process_max_fds',
    type: 'gauge',
    help: 'Descriptors that all processes of the service together may have open; absent where there is no limit.',
    values: ({ stats: { gauges } }) => (gauges.descriptorLimit > 0 ? single(gauges.descriptorLimit) : []),
  },
  {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the service started, in seconds since 1970.',
    values: ({ startedAt }) => single(startedAt / 1000),
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Used heap of all processes of the service.',
    values: ({ stats }) => single(stats.gauges.heapUsedBytes),
  },
];

/** The labels of a metric, each with all values that it can have; none for one whose values are facts of the build. */
export function labelsOf({ name, values }: MetricRow): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, string[]>();
  const nothing: MetricSources = { stats: zeroStats, isReady: false, workers: 0, version: '', startedAt: 0 };
  for (const value of values(nothing)) {
    for (const [label, word] of Object.entries(value.labels)) {
      const words = name.endsWith('_info') ? [] : [...(labels.get(label) ?? []), word];
      labels.set(label, words);
    }
  }
  return labels;
}
