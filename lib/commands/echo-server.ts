import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from './command';
import { openAdmin } from './open-admin';
import { createEchoServer } from '../server/create-echo-server';
import { takePassedSocket } from '../server/passed-socket';
import { Readiness } from '../server/readiness';
import { WorkerPool } from '../server/workers/worker-pool';

/** Serves until it is told to stop; told again, it cuts off whoever is left. */
export const run: Command = async ({ settings, log, stop, force }) => {
  const { echo, admin } = settings;
  const { workers: count, drainDelay, ...server } = settings.server;
  const workers = count === 'auto' ? availableParallelism() : count;
  const options = { ...echo, ...server, logConnections: log.debugEnabled ? 'all' : settings.log.connections } as const;
  const { socket, ignored } = takePassedSocket(process.env);
  if (ignored !== undefined) log.event('passed_socket_ignored', { message: ignored });
  const readiness = new Readiness(log);
  const onServing = (serving: number): void => readiness.serves(serving);
  const service = workers === 1 ? createEchoServer(options, log) : new WorkerPool(options, workers, log, { onServing });
  const adminServer = await openAdmin(admin, { service, readiness, log });
  try {
    const { address, port } = await (service instanceof WorkerPool
      ? service.listen(socket)
      : service.listen(socket?.handle));
    if (workers === 1) onServing(1);
    log.event('server_start', {
      host: address,
      port,
      pid: process.pid,
      timeout_sec: echo.timeout,
      max_payload: echo.maxPayload,
      ...(workers > 1 && { workers }),
    });
    readiness.starts();
    force.addEventListener('abort', () => service.cut(), { once: true });
    if (!stop.aborted) await once(stop, 'abort');
    readiness.drains(drainDelay);
    if (drainDelay > 0) await delay(drainDelay * 1000, undefined, { signal: force });
    const { cut } = await service.stop();
    return cut > 0 ? 'tempFail' : 'ok';
  } finally {
    adminServer?.close();
  }
};
