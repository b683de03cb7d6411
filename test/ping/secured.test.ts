import { expect } from 'chai';
import { makeCertificate } from '../support/certificates';
import { ServerProcess, runTrustctl } from '../support/trustctl';

describe('echo-ping and idle-probe over TLS, behind a PROXY header', () => {
  const certificate = makeCertificate();
  let server: ServerProcess;
  let flags: string[];

  before(async () => {
    const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile];
    server = await ServerProcess.start([...tls, '--proxy-protocol', 'require', '--timeout', '1']);
    flags = [`127.0.0.1:${server.port}`, '--json', '--tls', '--tls-ca', certificate.certFile, '--send-proxy', 'v2'];
  });
  after(() => server.stop());

  it('pings, with the handshake told apart', async () => {
    const { code, stdout } = await runTrustctl(['echo-ping', ...flags, '--count', '2', '--interval', '1ms']);
    expect(code).to.equal(0);
    const [first, second] = stdout.split('\n').map((line) => JSON.parse(line || '{}') as Record<string, number>);
    expect(first!.handshake_ms).to.be.within(0.001, first!.connect_ms!);
    expect(second).to.not.have.any.keys('connect_ms', 'handshake_ms');
  });

  it('finds the idle timeout', async () => {
    const { code, stdout } = await runTrustctl(['idle-probe', ...flags, '--max', '5', '--precision', '0.3']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ cut: { kind: 'fin', when: 'resting' } });
  });

  it('says that the certificate is not trusted, after trying on', async () => {
    const untrusted = flags.filter((flag) => !['--tls-ca', certificate.certFile].includes(flag));
    const ping = await runTrustctl(['echo-ping', ...untrusted, '--count', '2', '--interval', '1ms']);
    expect(ping.code).to.equal(69);
    expect(ping.stdout).to.include('"cause":"no_connection"');
    const probe = await runTrustctl(['idle-probe', ...untrusted]);
    expect(probe.stderr).to.match(/certificate .*--tls-ca/);
  });
});
