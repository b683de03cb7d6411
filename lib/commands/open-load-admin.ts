import type { LoadStats } from '../admin/load-metrics';
import type { Settings } from '../config/settings';
import type { Sample } from '../load/measure/sampler';
import type { EventLog } from '../log/event-log';

/** The admin endpoint of a load test. */
export interface LoadAdmin {
  /** Takes what happened in another second. */
  add(sample: Sample): void;
  close(): void;
}

const none: LoadAdmin = { add: () => undefined, close: () => undefined };

/**
 * Starts the admin endpoint of a load test where `admin.port` is set, and loads it only then.
 * @throws {RunError} where it cannot listen
 */
export async function openLoadAdmin({ host, port }: Settings['admin'], log: EventLog): Promise<LoadAdmin> {
  if (port === '') return none;
  const { AdminServer } = await import('../admin/admin-server.js');
  const { loadPages } = await import('../admin/load-metrics.js');
  let stats: LoadStats = { sent: 0, ok: 0, errors: 0, bytes: 0, unsent: 0, recent: { p50: NaN, p99: NaN, max: NaN } };
  const admin = new AdminServer(loadPages(() => stats));
  const { address, port: bound } = await admin.listen(host, port);
  log.event('admin_start', { host: address, port: bound });
  return {
    add({ sent, ok, warmup, errors, bytes, unsent, rtt }) {
      const seconds = (percent: number): number => (rtt.percentile(percent) ?? NaN) / 1000;
      stats = {
        sent: stats.sent + sent,
        ok: stats.ok + ok + warmup,
        errors: stats.errors + errors,
        bytes: stats.bytes + bytes,
        unsent,
        recent: { p50: seconds(50), p99: seconds(99), max: seconds(100) },
      };
    },
    close: () => admin.close(),
  };
}
