import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * Fields of Node's TCP handle that have no public counterpart. Node's own `socket.setTimeout` reads `writeQueueSize`,
 * too.
 */
interface TcpHandle {
  readonly fd?: number;
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
}

const handleOf = (socket: Socket | Server): TcpHandle | null | undefined =>
  (socket as { _handle?: TcpHandle | null })._handle;

/** The descriptor of a socket; -1 if it is closed. */
export function descriptorOf(socket: Socket | Server): number {
  return handleOf(socket)?.fd ?? -1;
}

/** Bytes in libuv that the kernel has not taken yet. */
export function writeQueueSize(socket: Socket): number {
  return handleOf(socket)?.writeQueueSize ?? 0;
}

/** Bytes that the kernel has taken so far. */
export function bytesHandedOver(socket: Socket): number {
  return (handleOf(socket)?.bytesWritten ?? 0) - writeQueueSize(socket);
}

/** The TCP socket that a TLS stream was made of: tls.Server gives its stream to no listener together with it. */
export function transportOf(stream: TLSSocket): Socket {
  return (stream as unknown as { readonly _parent: Socket })._parent;
}
