import { type TcpRow, tcpRows } from './tcp-table';

/** What the kernel holds for a socket, in bytes. */
export interface KernelQueues {
  /** Sent or to be sent, and not yet acknowledged by the peer's kernel. */
  readonly send: number;
  /** Acknowledged, and not yet read by the peer: known where that is on this machine, else 0. */
  readonly peerUnread: number;
  /** Received, and not yet read by us. */
  readonly receive: number;
}

/** The queues of a socket, by its inode, at one moment; undefined where the system does not tell. */
export interface QueueSnapshot {
  /** In ms, as performance.now() counts. */
  readonly takenAt: number;
  of(inode: number): KernelQueues | undefined;
}

const IPV4_IN_IPV6 = /^0000000000000000FFFF0000/;

/** What names a connection seen from one end; an IPv4 address within IPv6 as IPv4. */
const addressesOf = (local: string, remote: string): string =>
  `${local.replace(IPV4_IN_IPV6, '')} ${remote.replace(IPV4_IN_IPV6, '')}`;

class Snapshot implements QueueSnapshot {
  private readonly byInode = new Map<number, TcpRow>();
  private readonly byAddresses = new Map<string, TcpRow>();
  readonly takenAt: number;

  constructor() {
    for (const row of tcpRows('all')) {
      this.byInode.set(row.inode, row);
      this.byAddresses.set(addressesOf(row.local, row.remote), row);
    }
    this.takenAt = performance.now();
  }

  of(inode: number): KernelQueues | undefined {
    const row = this.byInode.get(inode);
    if (row === undefined) return undefined;
    const peer = this.byAddresses.get(addressesOf(row.remote, row.local));
    return { send: row.send, peerUnread: peer?.receive ?? 0, receive: row.receive };
  }
}

/** A snapshot is reused for this many times as long as it took to make, so that routine looks take a twentieth of the time at most. */
const REUSE_PER_COST = 20;
/** The same where something is decided by it. */
const REUSE_PER_COST_TO_DECIDE = 1;

let recent: { snapshot: QueueSnapshot; cost: number } | undefined;

/**
 * The kernel's queues of all TCP sockets, from /proc/self/net/tcp: the only way for Node to see what lies in the megabytes
 * of socket buffer between it and a peer. The table holds every socket of the machine, so one reading serves all who look
 * within `maxAgeMs`; with ten thousands of sockets it takes a tenth of a second, and then serves longer.
 * @param decides whether something is decided by it, so that it is worth its cost
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function recentKernelQueues(maxAgeMs: number, decides = false): QueueSnapshot {
  const now = performance.now();
  const reuse = decides ? REUSE_PER_COST_TO_DECIDE : REUSE_PER_COST;
  if (recent !== undefined && now - recent.snapshot.takenAt <= Math.max(maxAgeMs, recent.cost * reuse)) {
    return recent.snapshot;
  }
  const snapshot = new Snapshot();
  recent = { snapshot, cost: snapshot.takenAt - now };
  return snapshot;
}
