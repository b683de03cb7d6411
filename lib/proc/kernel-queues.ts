import { type TcpRow, tcpRows } from './tcp-table';

/** Bytes that the kernel holds for a socket. */
export interface KernelQueues {
  /** Written here, and not yet acknowledged by the peer's kernel. */
  readonly send: number;
  /** Acknowledged, and not yet read by the peer. Known only for a peer on this machine, otherwise 0. */
  readonly peerUnread: number;
  /** Received, and not yet read here. */
  readonly receive: number;
}

/** The queues of all sockets at one moment. */
export interface QueueSnapshot {
  /** A time of performance.now(), in ms. */
  readonly takenAt: number;
  /** The queues of the socket with this inode; undefined if unknown. */
  of(inode: number): KernelQueues | undefined;
}

const IPV4_IN_IPV6 = /^0000000000000000FFFF0000/;

/** Key of a connection, seen from one end. IPv4-mapped addresses count as IPv4. */
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

/**
 * A snapshot is reused for 20 times as long as it took to make, so that routine checks cost at most 5 % of the time.
 */
const REUSE_PER_COST = 20;
/** The same for a snapshot on which a decision depends. */
const REUSE_PER_COST_TO_DECIDE = 1;

let recent: { snapshot: QueueSnapshot; cost: number } | undefined;

/**
 * The queues of all TCP sockets, from /proc/self/net/tcp: for Node the only way to see the megabytes of socket buffers
 * between it and a peer. The table lists every socket of the machine, so callers share one reading within `maxAgeMs`.
 * With tens of thousands of sockets reading takes a tenth of a second, and the result is then shared for longer.
 * @param decides whether a decision depends on it, which is worth more CPU
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
