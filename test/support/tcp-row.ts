import { type TcpRow, tcpRows } from '../../lib/proc/tcp-table';

/** A port as /proc/net/tcp shows it. */
export const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** The kernel's row of a connection on this machine, as the end at `localPort` has it; undefined if there is none. */
export function tcpRowOf({ localPort = 0, remotePort = 0 }: Ends): TcpRow | undefined {
  for (const row of tcpRows('all')) {
    if (row.local.endsWith(`:${hexPort(localPort)}`) && row.remote.endsWith(`:${hexPort(remotePort)}`)) return row;
  }
  return undefined;
}

/** A connected socket has them. */
interface Ends {
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
}
