import { readFileSync, readlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** A row of a socket that listens (state 0A): its rx_queue, in hex, is the length of its accept queue; then its inode. */
const LISTENING = /^\s*\d+: \S+ \S+ 0A [0-9A-F]{8}:([0-9A-F]{8}) \S+ \S+ +\d+ +\d+ (\d+)/gm;

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // no IPv6, or no /proc at all
  }
}

function inodeOf(descriptor: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Connections of a listening socket whose handshake the kernel has finished and that nobody has accepted yet; undefined where
 * the system does not tell.
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function acceptQueueLength(descriptor: number): number | undefined {
  const inode = inodeOf(descriptor);
  if (inode === undefined) return undefined;
  for (const path of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const [, length = '', owner] of readTable(path).matchAll(LISTENING)) {
      if (owner === inode) return parseInt(length, 16);
    }
  }
  return undefined;
}

/** Where the system does not tell how long the queue is, so many turns in a row that bring nobody are its end. */
const EMPTY_TURNS = 10;

/** In ms. A queue that nobody comes out of, for want of descriptors, is given up after this. */
const PATIENCE_MS = 1_000;

const descriptorOf = (listener: Server): number =>
  (listener as { _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;

/**
 * Resolves when all connections that waited in the kernel have been accepted. libuv accepts one in each turn of the loop,
 * so one turn before a listener is closed would leave the others to be reset.
 *
 * Who comes meanwhile is taken in as well, but no more in all than the queue can have held at first, so that new clients
 * cannot put off the end.
 * @param backlog as given to listen(2)
 * @param queueLength tells how many still wait
 */
export async function takeInAcceptQueue(
  listener: Server,
  backlog: number,
  queueLength: (descriptor: number) => number | undefined = acceptQueueLength,
): Promise<void> {
  let taken = 0;
  let lastTakenAt = performance.now();
  const count = (): void => {
    taken += 1;
    lastTakenAt = performance.now();
  };
  listener.on('connection', count);
  listener.on('drop', count);
  await turn(); // the rest of the turn in which this was called; the following ones are whole
  let empty = 0;
  while (taken <= backlog && performance.now() - lastTakenAt < PATIENCE_MS) {
    const before = taken;
    await turn();
    if (taken > before) {
      empty = 0;
      continue;
    }
    empty += 1;
    const left = queueLength(descriptorOf(listener));
    if (left === 0 || (left === undefined && empty >= EMPTY_TURNS)) break;
  }
  listener.off('connection', count);
  listener.off('drop', count);
}
