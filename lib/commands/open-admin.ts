import type { AdminServer } from '../admin/admin-server';
import type { Settings } from '../config/settings';
import { RunError } from '../errors/run-error';
import type { FrameServer } from '../server/frame-server';
import type { Readiness } from '../server/readiness';
import type { ServerLog } from '../server/server-options';
import { OwnStats } from '../server/stats/own-stats';
import { WorkerPool } from '../server/workers/worker-pool';
import { version } from '../version';

interface Subject {
  /** Does not listen yet. */
  readonly service: FrameServer | WorkerPool;
  readonly readiness: Readiness;
  readonly log: ServerLog;
}

/**
 * Starts the admin endpoint if `admin.port` is set, and loads it only then.
 * @throws {RunError} `config` if it would share the service's port; otherwise if it cannot listen
 */
export async function openAdmin(
  { admin: { host, port }, echo }: Pick<Settings, 'admin' | 'echo'>,
  { service, readiness, log }: Subject,
): Promise<AdminServer | undefined> {
  if (port === '') return undefined;
  if (port !== 0 && port === echo.port && host === echo.host) {
    throw new RunError('config', `admin.port and echo.port are both ${port}: choose another --admin-port`);
  }
  const { AdminServer } = await import('../admin/admin-server.js');
  const { adminPages } = await import('../admin/pages.js');
  const stats = service instanceof WorkerPool ? service.count() : new OwnStats(service);
  const admin = new AdminServer(adminPages({ readiness, stats, version: version() }));
  const { address, port: bound } = await admin.listen(host, port);
  log.event('admin_start', { host: address, port: bound });
  return admin;
}
