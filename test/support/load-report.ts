import { Latencies } from '../../lib/load/measure/latencies';
import type { LoadReport } from '../../lib/load/report/load-report';

export const times = {
  min: 0.1,
  avg: 0.2,
  stddev: 0.05,
  p50: 0.18,
  p90: 0.24,
  p99: 0.4,
  p999: 0.44,
  p9999: 0.45,
  max: 0.45,
};

const nothing = new Latencies().stored();

/** The report of a run that passed, with changes. */
export function reportWith(changes: Partial<LoadReport> = {}): LoadReport {
  return {
    format: 1,
    version: '0',
    shards: { of: 1, reports: [{ index: 0, started: '2024-01-02T03:04:05.000Z', late_ms: 0 }] },
    workers: { count: 1, lost: [] },
    started: '2024-01-02T03:04:05.000Z',
    target: '127.0.0.1:9900',
    settings: {
      clients: 2,
      concurrency: 1,
      messages: 10,
      duration_s: null,
      warmup_s: 0,
      payload_size: '64',
      pipeline: 1,
      rate: null,
      connect_rate: null,
      timeout_s: 5,
      tls: false,
      send_proxy: 'off',
      hold_s: 0,
      think_s: 0,
      local_addresses: [],
    },
    clients: 2,
    messages: { sent: 20, ok: 20, failed: 0 },
    unanswered: 0,
    rtt_ms: times,
    connect_ms: times,
    handshake_ms: null,
    duration_ms: 10,
    rate_per_s: 2000,
    bytes: 1360,
    errors: [],
    fds: null,
    warmup: { sent: 0, ok: 0, failed: 0 },
    interrupted: false,
    ended_early: false,
    gave_up: false,
    not_run: 0,
    open_loop: null,
    self: { cpu_percent: 10, loop_delay_ms: { avg: 0, p99: 0, max: 0 }, limit: null },
    expectations: [],
    distribution: [[100, 0.45]],
    histogram: [[0.4, 0.5, 20]],
    timeline: { interval_ms: 10, points: [] },
    stages: [],
    knee: null,
    latencies: { rtt: nothing, connect: nothing, handshake: null, lateness: null },
    ...changes,
  };
}
