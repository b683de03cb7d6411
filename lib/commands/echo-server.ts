import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { ActiveConnections } from '../active-connections';
import type { Command } from '../command';
import { createEchoServer } from '../server/echo-server';
import { limitStackTraces } from '../server/stack-depth';
import { WorkerPool } from '../server/worker-pool';

/** Serves until it is told to stop. */
export const run: Command = async ({ settings, log, stop }) => {
  if (!log.debugEnabled) limitStackTraces();
  const { echo } = settings;
  const { workers: count, ...server } = settings.server;
  const serverLog = settings.log.connections === 'active' && !log.debugEnabled ? new ActiveConnections(log) : log;
  const workers = count === 'auto' ? availableParallelism() : count;
  const options = { ...echo, ...server };
  const service = workers === 1 ? createEchoServer(options, serverLog) : new WorkerPool(options, workers, serverLog);
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
