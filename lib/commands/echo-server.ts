import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Command } from '../command';
import { createEchoServer } from '../server/echo-server';
import { WorkerPool } from '../server/worker-pool';

/** Serves until it is told to stop. */
export const run: Command = async ({ settings, log, stop }) => {
  const { echo } = settings;
  const { workers: count, ...server } = settings.server;
  const workers = count === 'auto' ? availableParallelism() : count;
  const options = { ...echo, ...server };
  const service = workers === 1 ? createEchoServer(options, log) : new WorkerPool(options, workers, log);
  const { address, port } = await service.listen();
  log.event('server_start', {
    host: address,
    port,
    pid: process.pid,
    timeout_sec: echo.timeout,
    max_payload: echo.maxPayload,
    ...(workers > 1 && { workers }),
  });
  if (!stop.aborted) await once(stop, 'abort');
  const { cut } = await service.stop();
  return cut > 0 ? 'tempFail' : 'ok';
};
