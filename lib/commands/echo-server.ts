import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Command } from './command';
import { createEchoServer } from '../server/create-echo-server';
import { listed } from '../config/formats';
import { Readiness } from '../server/readiness';
import { WorkerPool } from '../server/workers/worker-pool';

/** Serves until it is told to stop; told again, it cuts off whoever is left. */
export const run: Command = async ({ settings, log, stop, force }) => {
  const { host, port, timeout, maxPayload } = settings.echo;
  const { workers: count, trustedProxies, ...server } = settings.server;
  const workers = count === 'auto' ? availableParallelism() : count;
  const options = {
    host,
    port,
    timeout,
    maxPayload,
    ...server,
    trustedProxies: listed(trustedProxies),
    logConnections: log.debugEnabled ? 'all' : settings.log.connections,
  } as const;
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
  });
  readiness.starts();
  if (!stop.aborted) await once(stop, 'abort');
  readiness.drains();
  force.addEventListener('abort', () => service.cut(), { once: true });
  const { cut } = await service.stop();
  return cut > 0 ? 'tempFail' : 'ok';
};
