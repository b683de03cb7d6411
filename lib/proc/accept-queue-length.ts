import { socketInode, tcpRows } from './tcp-table';

/**
 * Connections of a listening socket whose handshake the kernel has finished and that nobody has accepted yet; undefined where
 * the system does not tell.
 */
export function acceptQueueLength(descriptor: number): number | undefined {
  const inode = socketInode(descriptor);
  if (inode === undefined) return undefined;
  for (const row of tcpRows('listening')) if (row.inode === inode) return row.receive;
  return undefined;
}
