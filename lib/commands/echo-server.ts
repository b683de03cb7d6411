import { once } from 'node:events';
import type { Command } from '../command';
import { createEchoServer } from '../server/echo-server';

/** Serves until it is told to stop. */
export const run: Command = async ({ settings, log, stop }) => {
  const { echo } = settings;
  const server = createEchoServer({ ...echo, ...settings.server }, log);
  const { address, port } = await server.listen();
  log.event('server_start', {
    host: address,
    port,
    pid: process.pid,
    timeout_sec: echo.timeout,
    max_payload: echo.maxPayload,
  });
  if (!stop.aborted) await once(stop, 'abort');
  const { cut } = await server.stop();
  return cut > 0 ? 'tempFail' : 'ok';
};
