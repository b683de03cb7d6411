import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { acceptQueueLength } from '../proc/accept-queue-length';
import { descriptorOf } from './socket-handle';

/** Where the system does not tell how long the queue is, so many turns in a row that bring nobody are its end. */
const EMPTY_TURNS = 10;

/** In ms. A queue that nobody comes out of, for want of descriptors, is given up after this. */
const PATIENCE_MS = 1_000;

/**
 * Resolves when all connections that waited in the kernel have been accepted. libuv accepts one in each turn of the
 * loop, so one turn before a listener is closed would leave the others to be reset.
 *
 * Who comes meanwhile is taken in as well, but no more in all than the queue can have held at first, so that new
 * clients cannot put off the end.
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
