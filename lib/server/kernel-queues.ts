import { readFileSync, readlinkSync } from 'node:fs';

/** What the kernel holds for a socket, in bytes. */
export interface KernelQueues {
  /** Sent or to be sent, and not yet acknowledged by the peer's kernel. */
  readonly send: number;
  /** Received, and not yet read by us. */
  readonly receive: number;
}

/** `sl local remote st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`, the numbers of the queues in hex. */
const ROW = /^\s*\d+: \S+ \S+ \S+ ([0-9A-F]{8}):([0-9A-F]{8}) \S+ \S+ +\d+ +\d+ (\d+)/gm;

/** The queues of a descriptor's socket at one moment; undefined where the system does not tell. */
export type QueueSnapshot = (descriptor: number) => KernelQueues | undefined;

function readTable(path: string, into: Map<string, KernelQueues>): void {
  let table: string;
  try {
    table = readFileSync(path, 'latin1');
  } catch {
    return; // no IPv6, or no /proc at all
  }
  for (const [, send = '', receive = '', inode = ''] of table.matchAll(ROW)) {
    into.set(inode, { send: parseInt(send, 16), receive: parseInt(receive, 16) });
  }
}

function inodeOf(descriptor: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
  } catch {
    return undefined;
  }
}

function takeSnapshot(): QueueSnapshot {
  const byInode = new Map<string, KernelQueues>();
  readTable('/proc/self/net/tcp', byInode);
  readTable('/proc/self/net/tcp6', byInode);
  return (descriptor) => {
    const inode = inodeOf(descriptor);
    return inode === undefined ? undefined : byInode.get(inode);
  };
}

/** A snapshot is kept for so many times as long as it took: with ten thousands of sockets it takes a tenth of a second. */
const KEPT_PER_COST = 2;

let recent: { snapshot: QueueSnapshot; takenAt: number; cost: number } | undefined;

/**
 * The kernel's queues of all TCP sockets, from /proc/self/net/tcp: the only way for Node to see what lies in the megabytes
 * of socket buffer between it and a peer. The table holds every socket of the machine, so one reading serves all who look
 * within `maxAgeMs`.
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function recentKernelQueues(maxAgeMs: number): QueueSnapshot {
  const now = performance.now();
  if (recent !== undefined && now - recent.takenAt <= Math.max(maxAgeMs, recent.cost * KEPT_PER_COST)) {
    return recent.snapshot;
  }
  const snapshot = takeSnapshot();
  const takenAt = performance.now();
  recent = { snapshot, takenAt, cost: takenAt - now };
  return snapshot;
}
