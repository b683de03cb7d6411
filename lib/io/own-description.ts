import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * Opens the same pipe or terminal again, as an open file description of its own: O_NONBLOCK on it does not affect other
 * processes that share `fd`. Returns `fd` itself if the system cannot do that.
 * @see https://man7.org/linux/man-pages/man2/open.2.html
 */
export function ownDescription(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

/** A stream for a pipe or socket, which is written without blocking. */
export function writableSocket(fd: number): Writable {
  return new Socket({ fd, readable: false, writable: true });
}

const isPipe = (fd: number): boolean => {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false; // closed
  }
};

/**
 * Gives standard output and standard error their own open file descriptions if they are pipes. Node sets O_NONBLOCK on
 * them while it runs, so that a shell that writes to the same pipe (`{ trustctl …; echo done; } 2>&1 | less`) would get
 * EAGAIN.
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
