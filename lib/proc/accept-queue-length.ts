import { socketInode, tcpRows } from './tcp-table';

/** Number of established connections in the accept queue of a listening socket; undefined if unknown. */
export function acceptQueueLength(descriptor: number): number | undefined {
  const inode = socketInode(descriptor);
  if (inode === undefined) return undefined;
  for (const row of tcpRows('listening')) if (row.inode === inode) return row.receive;
  return undefined;
}
