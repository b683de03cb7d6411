import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { secureSocket } from '../../lib/net/tls-connect';
import type { TlsClientSettings } from '../../lib/net/tls-settings';
import { standStill } from '../support/busy';
import { certificates } from '../support/certificates';
import { tcpRowOf } from '../support/tcp-row';
import { ServerProcess } from '../support/trustctl';

/** Seconds. */
const HANDSHAKE_TIMEOUT = 0.02;

/** Keeps this process busy until bytes wait in the kernel for a socket, and then for longer than the handshake may take. */
function busyUntilReadable(socket: Socket): void {
  for (let looks = 0; !tcpRowOf(socket)?.receive; looks++) {
    if (looks === 10_000) throw new Error('the server did not answer');
    standStill(1);
  }
  standStill(HANDSHAKE_TIMEOUT * 2000);
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
