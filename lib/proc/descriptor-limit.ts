import { readFileSync, readdirSync } from 'node:fs';

/** Descriptors kept free for files, name lookups and a reopened log. */
const RESERVE = 8;

/** How many descriptors this process may have open; undefined where there is no limit, or it is unknown. */
export function descriptorLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/**
 * How many more sockets this process can open: read from /proc on Linux, unlimited elsewhere. Without a free
 * descriptor, libuv closes new connections silently; a server that knows its limit can log them.
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
