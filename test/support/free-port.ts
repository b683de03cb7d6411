import { readFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections, which could otherwise take one before it is listened on. */
const LOWEST = 10_000;
const HIGHEST = 32_000;

const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen({ port, host: '::', exclusive: true });
    await once(probe, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

/** A port that nobody listens on, for a program that cannot pick one itself. Never the same twice in one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** Local addresses of sockets that listen: `address:port` in hex, state 0A. */
const LISTENING = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /gm;

/** Whether something listens on that port, on whatever address. Looked up and not tried: a connection would reach what is behind. */
export function isListenedOn(port: number): boolean {
  return ['/proc/self/net/tcp', '/proc/self/net/tcp6'].some((table) =>
    [...readFileSync(table, 'latin1').matchAll(LISTENING)].some(([, hex]) => parseInt(hex!, 16) === port),
  );
}
