import { setTimeout as pause } from 'node:timers/promises';
import { FrameClient } from '../../lib/client/frame-client';
import { createFrameServer } from '../../lib/server/create-frame-server';
import type { Path } from '../fixtures/paths';
import { freePort } from './free-port';

/** Seconds that a server takes for its reply, after the client's FIN. */
export const LATE_REPLY = 3;

/** Whether so late a reply comes through a path to a client that has sent its FIN. */
export async function lateReplyComes(path: Path): Promise<boolean> {
  const server = createFrameServer({ port: 0 }, async (payload) => {
    await pause(LATE_REPLY * 1000);
    return payload;
  });
  const { port } = await server.listen();
  const proxy = await freePort();
  await path.start(proxy, port);
  const client = await FrameClient.connect({ port: proxy, timeout: 10 });
  try {
    void client.send('late');
    client.end();
    return (await client.receive()) !== undefined;
  } catch {
    return false;
  } finally {
    client.close();
    await server.stop();
  }
}
