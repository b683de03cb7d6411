import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { acceptQueueLength } from '../proc/accept-queue-length';
import { descriptorOf } from './socket-handle';

/** If the length of the queue is unknown, it counts as empty after so many turns without a connection. */
const EMPTY_TURNS = 10;

/** Waiting ends after so many ms without a connection: without free descriptors none can be accepted. */
const STALL_MS = 1_000;

/**
 * Resolves when every connection in the kernel's accept queue has been accepted. libuv accepts one in each turn of the
 * event loop; closing the listener earlier would reset the others.
 *
 * Connections that arrive meanwhile are accepted as well, but no more in all than the queue can have held at first, so
 * that new clients cannot delay the end forever.
 * @param backlog as passed to listen(2)
 * @param queueLength returns how many connections wait, or undefined if that is unknown
 */
export async function drainAcceptQueue(
  listener: Server,
  backlog: number,
  queueLength: (descriptor: number) => number | undefined = acceptQueueLength,
): Promise<void> {
  let accepted = 0;
  let lastAcceptedAt = performance.now();
  const count = (): void => {
    accepted += 1;
    lastAcceptedAt = performance.now();
  };
  listener.on('connection', count);
  listener.on('drop', count);
  await turn(); // the rest of the current turn; those that follow are whole
  let empty = 0;
  while (accepted <= backlog && performance.now() - lastAcceptedAt < STALL_MS) {
    const before = accepted;
    await turn();
    if (accepted > before) {
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
