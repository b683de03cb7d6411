import type { Server, Socket } from 'node:net';

/** What Node's TCP handle knows and has no public name for; Node's own `socket.setTimeout` reads the latter too. */
interface TcpHandle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

const handleOf = (socket: Socket | Server): TcpHandle | null | undefined =>
  (socket as { _handle?: TcpHandle | null })._handle;

/** The descriptor of an open socket, -1 where it has none. */
export function descriptorOf(socket: Socket | Server): number {
  return handleOf(socket)?.fd ?? -1;
}

/** Bytes given to libuv that the kernel has not taken yet. */
export function writeQueueSize(socket: Socket): number {
  return handleOf(socket)?.writeQueueSize ?? 0;
}
