import { readFileSync, readdirSync } from 'node:fs';

/** Descriptors kept free for files, name look-ups and a reopened log. */
const RESERVE = 8;

/**
 * How many more sockets this process can hold before it has no descriptor left: Linux tells it in /proc, elsewhere it
 * is taken as unlimited. Where descriptors run out, libuv closes a new connection without a word; a server that knows its
 * limit drops it with one.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
 */
export function freeDescriptors(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    if (limit === undefined) return Infinity;
    return Math.max(Number(limit) - readdirSync('/proc/self/fd').length - RESERVE, 1);
  } catch {
    return Infinity;
  }
}
