import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command, CommandContext } from './command';
import { openAdmin } from './open-admin';
import { readServerTls } from './tls-files';
import { errorCode } from '../errors/error-code';
import { explain } from '../errors/explain';
import { certificateFacts } from '../net/tls-credentials';
import { createEchoServer } from '../server/create-echo-server';
import { listed } from '../config/formats';
import type { FrameServer } from '../server/frame-server';
import { takePassedSocket } from '../server/passed-socket';
import { Readiness } from '../server/readiness';
import { serverOptions } from '../server/server-options';
import { WorkerPool } from '../server/workers/worker-pool';

/** Reads the certificate files again. If they cannot be used, the log says so and the old certificate stays in use. */
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

/** Serves until a signal stops it. A second signal cuts off the remaining clients. */
export const run: Command = async (context) => {
  const { settings, log, stop, force } = context;
  const { host, port, timeout, maxPayload } = settings.echo;
  const { workers: count, drainDelay, trustedProxies, ...server } = settings.server;
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
  const { socket, ignored } = takePassedSocket(process.env);
  if (ignored !== undefined) log.event('passed_socket_ignored', { message: ignored });
  const readiness = new Readiness(log);
  const onServing = (serving: number): void => readiness.setServing(serving);
  const service = workers === 1 ? createEchoServer(options, log) : new WorkerPool(options, workers, log, { onServing });
  const adminServer = await openAdmin(settings, { service, readiness, log });
  try {
    const { address, port: bound } = await (service instanceof WorkerPool
      ? service.listen(socket)
      : service.listen(socket?.handle));
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
    readiness.setListening();
    force.addEventListener('abort', () => service.cut(), { once: true });
    if (!stop.aborted) await once(stop, 'abort');
    readiness.setDraining(drainDelay);
    if (drainDelay > 0) await delay(drainDelay * 1000, undefined, { signal: force });
    const { cut } = await service.stop();
    return cut > 0 ? 'tempFail' : 'ok';
  } finally {
    adminServer?.close();
  }
};
