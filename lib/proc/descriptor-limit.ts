import { readFileSync, readdirSync } from 'node:fs';

/** Descriptors kept free for files, name look-ups and a reopened log. */
const RESERVE = 8;

/** How many descriptors this process may have open; undefined where there is no limit, or the system does not tell. */
export function descriptorLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/**
 * How many more sockets this process can hold before it has no descriptor left: Linux tells it in /proc, elsewhere it
 * is taken as unlimited. Where descriptors run out, libuv closes a new connection without a word; a server that knows its
 * limit drops it with one.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
 */
export function freeDescriptors(): number {
  try {
    const limit = descriptorLimit();
    if (limit === undefined) return Infinity;
    return Math.max(limit - readdirSync('/proc/self/fd').length - RESERVE, 1);
  } catch {
    return Infinity;
  }
}
