import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as connectTls } from 'node:tls';
import { Peer } from './peer';

/** A TLS client at the level of bytes, with the TCP socket under it. */
export interface TlsPeer {
  readonly peer: Peer;
  readonly stream: TLSSocket;
  readonly transport: Socket;
}

/** Connects and makes TLS of it; the certificate is not checked unless `options` say so. */
export async function tlsPeer(port: number, options: ConnectionOptions = {}): Promise<TlsPeer> {
  const transport = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(transport, 'connect');
  const stream = connectTls({ socket: transport, rejectUnauthorized: false, ...options });
  await once(stream, 'secureConnect');
  return { peer: Peer.of(stream), stream, transport };
}
