import { expect } from 'chai';
import { once } from 'node:events';
import { allCases } from '../../lib/check';
import { differentOverTls } from '../../lib/check/over-tls';
import { freePort } from '../support/free-port';
import { type Certificate, certificates } from '../support/certificates';
import { ServerProcess, runTrustctl } from '../support/trustctl';

interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cases: readonly { readonly id: string; readonly status: string; readonly got?: string }[];
}

describe('echo-check over TLS', () => {
  let server: Certificate;
  let authority: Certificate;
  before(() => ({ server, authority } = certificates()));

  for (const workers of ['1', '2']) {
    it(`passes our own server (workers: ${workers})`, async function () {
      this.timeout(120_000);
      const times = ['--timeout', '2', '--frame-timeout', '5'];
      const process = await ServerProcess.start([
        ...['--tls-cert', server.certFile, '--tls-key', server.keyFile, '--workers', workers, ...times],
      ]);
      const { stdout, stderr } = await runTrustctl([
        ...['echo-check', '--port', String(process.port), '--tls', '--tls-ca', authority.certFile, '--json'],
        ...['--max-payload', '65536', '--server-timeout', '2', '--server-frame-timeout', '5'],
        ...(workers === '1' ? ['--server-pid', String(process.pid)] : []),
      ]);
      const report = JSON.parse(stdout) as Report;
      expect(report.cases.filter(({ status }) => status === 'failed')).to.deep.equal([], stderr);
      expect(report.passed).to.be.at.least(50);
      // The clients of the check leave after their handshake, whichever way they leave.
      expect(process.all('tls_failed').map(({ code }) => code)).to.deep.equal([]);
      expect(await process.stop()).to.equal(0);
    });
  }

  it('says what is different about a case over TLS, where it fails and in the list', async () => {
    const ids = allCases.map(({ id }) => id);
    expect(differentOverTls.filter((id) => !ids.includes(id))).to.deep.equal([]);
    const { stdout: list } = await runTrustctl(['echo-check', '--list', '--json', 'stream/3.1', 'stream/3.3']);
    const told = (JSON.parse(list) as { cases: { over_tls: string | null }[] }).cases.map((one) => one.over_tls);
    expect(told).to.deep.equal([
      'an end of stream is close_notify and a FIN; a FIN without close_notify passes for one',
      null,
    ]);

    const { createServer } = await import('node:tls');
    const deaf = createServer(
      { cert: server.cert, key: server.key },
      (stream) => void stream.resume().on('error', () => undefined),
    );
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as { port: number };
    const flags = ['--tls', '--tls-ca', authority.certFile, '--timeout', '1', '--port', String(port)];
    const failed = await runTrustctl(['echo-check', 'stream/3.1', ...flags]);
    expect(failed.code).to.equal(1);
    expect(failed.stdout).to.match(/^ +over TLS +an end of stream is close_notify/m);
    deaf.close();
  });

  it('starts a server by a command, and restarts it', async function () {
    this.timeout(60_000);
    const files = `--tls-cert ${server.certFile} --tls-key ${server.keyFile}`;
    const { code, stdout } = await runTrustctl([
      ...['echo-check', 'connection', '--port', String(await freePort()), '--tls', '--tls-ca', authority.certFile],
      ...['--server-command', `${process.execPath} bin/trustctl echo-server --port {port} ${files}`],
    ]);
    expect({ code, stdout }).to.deep.include({ code: 0 });
  });

  it('says that a server speaks no TLS, and that its certificate is not trusted', async () => {
    const plain = await ServerProcess.start();
    const noTls = await runTrustctl(['echo-check', 'framing/2.1', '--port', String(plain.port), '--tls']);
    expect(noTls.code).to.equal(76);
    expect(noTls.stderr).to.match(
      /^trustctl echo-check: \S+ closed the connection instead of a TLS handshake \(ECONNRESET\); is it a plain port\? /,
    );
    await plain.stop();
    const secure = await ServerProcess.start(['--tls-cert', server.certFile, '--tls-key', server.keyFile]);
    const untrusted = await runTrustctl(['echo-check', 'framing/2.1', '--port', String(secure.port), '--tls']);
    expect(untrusted.code).to.equal(76);
    expect(untrusted.stderr).to.match(/was issued by an authority that is not trusted .*--tls-ca/);
    await secure.stop();
  });
});
