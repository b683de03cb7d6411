import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Command, CommandContext } from './command';
import { readServerTls } from './tls-files';
import { errorCode } from '../errors/error-code';
import { explain } from '../errors/explain';
import { certificateFacts } from '../net/tls-credentials';
import { createEchoServer } from '../server/create-echo-server';
import { listed } from '../config/formats';
import type { FrameServer } from '../server/frame-server';
import { Readiness } from '../server/readiness';
import { serverOptions } from '../server/server-options';
import { WorkerPool } from '../server/workers/worker-pool';

/** Reads the certificate anew: what cannot be used is told, and what was in use stays. */
async function reloadTls({ settings, log }: CommandContext, service: FrameServer | WorkerPool): Promise<void> {
  try {
    const tls = readServerTls(settings.tls);
    if (tls === undefined) return;
    await service.setCredentials(tls);
    log.event('tls_reload', certificateFacts(String(tls.cert)));
  } catch (error) {
    log.event('tls_failed', { code: errorCode(error), message: explain(error) });
  }
}

/** Serves until it is told to stop; told again, it cuts off whoever is left. */
export const run: Command = async (context) => {
  const { settings, log, stop, force } = context;
  const { host, port, timeout, maxPayload } = settings.echo;
  const { workers: count, trustedProxies, ...server } = settings.server;
  const workers = count === 'auto' ? availableParallelism() : count;
  const tls = readServerTls(settings.tls);
  const options = serverOptions({
    host,
    port,
    timeout,
    maxPayload,
    ...server,
    trustedProxies: listed(trustedProxies),
    logConnections: log.debugEnabled ? 'all' : settings.log.connections,
    tls,
  });
  const readiness = new Readiness(log);
  const onServing = (serving: number): void => readiness.serves(serving);
  const service = workers === 1 ? createEchoServer(options, log) : new WorkerPool(options, workers, log, { onServing });
  const { address, port: bound } = await service.listen();
  if (workers === 1) onServing(1);
  log.event('server_start', {
    host: address,
    port: bound,
    pid: process.pid,
    timeout_sec: timeout,
    max_payload: maxPayload,
    ...(workers > 1 && { workers }),
    ...(tls && { tls: true }),
  });
  context.onReload(() => void reloadTls(context, service));
  readiness.starts();
  if (!stop.aborted) await once(stop, 'abort');
  readiness.drains();
  force.addEventListener('abort', () => service.cut(), { once: true });
  const { cut } = await service.stop();
  return cut > 0 ? 'tempFail' : 'ok';
};
