import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * A description of the same open pipe or terminal that is ours alone: O_NONBLOCK on it changes nothing for the processes
 * that share `fd`. Where the system has no such door, `fd` itself.
 */
export function ownDescription(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

/** A pipe or socket as a stream that is written to whenever the loop finds it writable. */
export function writableSocket(fd: number): Writable {
  return new Socket({ fd, readable: false, writable: true });
}

const isPipe = (fd: number): boolean => {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false; // it is closed
  }
};

/**
 * Gives standard output and standard error descriptions of their own where they are pipes. Node sets O_NONBLOCK on the one that it
 * finds, as long as it runs, and what a shell writes into the same pipe (`{ trustctl …; echo done; } 2>&1 | less`) fails with EAGAIN.
 */
export function ownStandardPipes(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    if (!isPipe(fd)) continue;
    let stream: Writable | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (stream ??= writableSocket(ownDescription(fd))),
    });
  }
}
