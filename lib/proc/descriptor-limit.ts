import { readFileSync, readdirSync } from 'node:fs';

/** Descriptors kept free for files, name lookups and a reopened log. */
const RESERVE = 8;

/**
 * How many more sockets this process can open: read from /proc on Linux, unlimited elsewhere. Without a free
 * descriptor, libuv closes new connections silently; a server that knows its limit can log them.
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
