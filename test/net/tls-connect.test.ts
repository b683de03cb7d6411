import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { secureSocket } from '../../lib/net/tls-connect';
import type { TlsClientSettings } from '../../lib/net/tls-settings';
import { certificates } from '../support/certificates';
import { ServerProcess } from '../support/trustctl';

/** Seconds. */
const HANDSHAKE_TIMEOUT = 0.02;

/** Keeps this process busy until bytes wait in the kernel for a socket, and then for longer than the handshake may take. */
function busyUntilReadable({ localPort, remotePort }: Socket): void {
  const [local, remote] = [localPort!, remotePort!].map((port) => port.toString(16).toUpperCase().padStart(4, '0'));
  // state 01 is established; then the queues, to send and received
  const unread = new RegExp(`: [0-9A-F]+:${local} [0-9A-F]+:${remote} 01 [0-9A-F]{8}:(?!00000000)`);
  const sleep = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  for (let looks = 0; !unread.test(readFileSync('/proc/self/net/tcp', 'latin1')); looks++) {
    if (looks === 10_000) throw new Error('the server did not answer');
    sleep(1);
  }
  sleep(HANDSHAKE_TIMEOUT * 2000);
}

describe('secureSocket', () => {
  it('takes a handshake whose last bytes came while this process was busy past its deadline', async () => {
    const { server: certificate } = certificates();
    const { certFile, keyFile } = certificate;
    const server = await ServerProcess.start(['--tls-cert', certFile, '--tls-key', keyFile]);
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const tls: TlsClientSettings = {
      ca: undefined,
      serverName: undefined,
      verify: false,
      clientCert: undefined,
      clientKey: undefined,
      minVersion: 'TLSv1.3',
      handshakeTimeout: HANDSHAKE_TIMEOUT,
    };
    const stream = await new Promise<TLSSocket>((secured, failed) => {
      secureSocket(socket, { host: '127.0.0.1', port: server.port, tls }, { secured, failed });
      busyUntilReadable(socket);
    });
    stream.destroy();
    await server.stop();
  });
});
