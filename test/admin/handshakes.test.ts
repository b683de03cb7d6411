import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import { AdminClient } from '../support/admin';
import { Peer, frames } from '../support/peer';
import { ServerProcess, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

describe('the metrics of a server that speaks TLS', () => {
  let server: ServerProcess;
  afterEach(async () => {
    await server.stop('SIGKILL');
  });

  for (const workers of ['1', '2']) {
    it(`count handshakes by result, and bytes as they are in TLS (workers: ${workers})`, async () => {
      const folder = temporaryFolder();
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
      const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
      execFileSync('openssl', ['req', '-x509', ...newKey, '-out', cert, ...name], { stdio: 'ignore' });

      const flags = ['--tls-cert', cert, '--tls-key', key, '--admin-port', '0', '--workers', workers];
      server = await ServerProcess.start(flags);
      const admin = await AdminClient.of(server);
      const silent = await Peer.connect(server.port);
      await until(async () => (await admin.samples()).get('trustctl_connections{state="opening"}') === 1);

      await using client = await FrameClient.connect({ port: server.port, tls: { ca: readFileSync(cert, 'utf8') } });
      await client.request('AAAA');
      const plain = await Peer.connect(server.port);
      await plain.send(frames('not a handshake'));
      await plain.readToEnd();
      plain.close();
      silent.close();

      const failed = 'trustctl_tls_handshakes_total{result="failed"}';
      await until(async () => (await admin.samples()).get(failed) === 1);
      await until(async () => (await admin.samples()).get('trustctl_connections{state="opening"}') === 0);
      const samples = await admin.samples();
      expect(samples.get('trustctl_tls_handshakes_total{result="ok"}')).to.equal(1);
      expect(samples.get('trustctl_connections_closed_total{reason="tls_failed"}')).to.equal(1);
      expect(samples.get('trustctl_connections_accepted_total')).to.equal(3);
      expect(samples.get('trustctl_received_bytes_total')).to.equal(8);
      expect(samples.get('trustctl_sent_bytes_total')).to.equal(8);
    });
  }
});
