import { fstatSync, readFileSync } from 'node:fs';

/** A socket's row in the kernel's table of TCP sockets. */
export interface TcpRow {
  readonly inode: number;
  /** Addresses in hex, as in the table. */
  readonly local: string;
  readonly remote: string;
  /** Bytes not yet acknowledged. */
  readonly send: number;
  /** Bytes not yet read; for a listening socket, the length of its accept queue. */
  readonly receive: number;
}

/**
 * `sl local remote st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`, addresses and queues in hex. Closed
 * sockets, such as those in TIME_WAIT, have the inode 0 and are skipped: there can be tens of thousands of them.
 */
const rowIn = (state: string): RegExp =>
  new RegExp(String.raw`^\s*\d+: (\S+) (\S+) ${state} ([0-9A-F]{8}):([0-9A-F]{8}) \S+ \S+ +\d+ +\d+ ([1-9]\d*)`, 'gm');

const patterns = { all: rowIn('[0-9A-F]{2}'), listening: rowIn('0A') };

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // no IPv6, or no /proc at all
  }
}

/**
 * The TCP sockets of this machine, IPv4 and IPv6: all of them, or those that listen. None if there is no /proc.
 * @see https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
 */
export function* tcpRows(which: keyof typeof patterns): Generator<TcpRow> {
  for (const path of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const [, local = '', remote = '', send = '', receive = '', inode] of readTable(path).matchAll(
      patterns[which],
    )) {
      yield { inode: Number(inode), local, remote, send: parseInt(send, 16), receive: parseInt(receive, 16) };
    }
  }
}

/** The inode of a socket, which identifies it in the table; undefined if it is closed. */
export function socketInode(descriptor: number): number | undefined {
  try {
    return fstatSync(descriptor).ino;
  } catch {
    return undefined;
  }
}
