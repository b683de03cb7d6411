import { fstatSync, readFileSync } from 'node:fs';

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

/** A row of the table: addresses as they stand there, an IPv4 address within IPv6 as IPv4. */
interface Row {
  readonly local: string;
  readonly remote: string;
  readonly send: number;
  readonly receive: number;
}

/** `sl local remote st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`, addresses and queues in hex. */
const ROW = /^\s*\d+: (\S+) (\S+) \S+ ([0-9A-F]{8}):([0-9A-F]{8}) \S+ \S+ +\d+ +\d+ (\d+)/gm;
const IPV4_IN_IPV6 = /^0000000000000000FFFF0000/;

class Snapshot implements QueueSnapshot {
  private readonly byInode = new Map<number, Row>();
  private readonly byAddresses = new Map<string, Row>();
  readonly takenAt: number;

  constructor() {
    this.read('/proc/self/net/tcp');
    this.read('/proc/self/net/tcp6');
    this.takenAt = performance.now();
  }

  of(inode: number): KernelQueues | undefined {
    const row = this.byInode.get(inode);
    if (row === undefined) return undefined;
    const peer = this.byAddresses.get(`${row.remote} ${row.local}`);
    return { send: row.send, peerUnread: peer?.receive ?? 0, receive: row.receive };
  }

  private read(path: string): void {
    let table: string;
    try {
      table = readFileSync(path, 'latin1');
    } catch {
      return; // no IPv6, or no /proc at all
    }
    for (const [, local = '', remote = '', send = '', receive = '', inode = ''] of table.matchAll(ROW)) {
      if (inode === '0') continue; // closed already, as in TIME_WAIT
      const row = {
        local: local.replace(IPV4_IN_IPV6, ''),
        remote: remote.replace(IPV4_IN_IPV6, ''),
        send: parseInt(send, 16),
        receive: parseInt(receive, 16),
      };
      this.byInode.set(Number(inode), row);
      this.byAddresses.set(`${row.local} ${row.remote}`, row);
    }
  }
}

/** The inode of an open socket, by which the table names it; undefined where it has none. */
export function socketInode(descriptor: number): number | undefined {
  try {
    return fstatSync(descriptor).ino;
  } catch {
    return undefined;
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
