import { expect } from 'chai';
import { type Certificate, certificates, makeCertificate } from '../support/certificates';
import { scriptedServer, silent } from '../support/scripted-server';
import { type Finished, ServerProcess, runTrustctl } from '../support/trustctl';

describe('commands over TLS', () => {
  let files: { readonly server: Certificate; readonly client: Certificate; readonly authority: Certificate };
  let server: ServerProcess;
  before(async () => {
    files = certificates();
    server = await start();
  });
  after(() => server.stop());

  const start = (...flags: string[]): Promise<ServerProcess> =>
    ServerProcess.start(['--tls-cert', files.server.certFile, '--tls-key', files.server.keyFile, ...flags]);
  const run = (command: string, port: number, ...flags: string[]): Promise<Finished> =>
    runTrustctl([command, '--port', String(port), ...flags]);
  const trusting = (): string[] => ['--tls', '--tls-ca', files.authority.certFile];

  it('echo-client sends and prints, and tells the time of the handshake in its summary', async () => {
    expect(await run('echo-client', server.port, ...trusting(), 'hello', 'world')).to.include({
      code: 0,
      stdout: 'hello\nworld\n',
      stderr: '',
    });
    const { stdout } = await run('echo-client', server.port, ...trusting(), '--payload-size', '60000');
    expect(stdout).to.match(/^60000 bytes sent, .*; round trip [\d.]+ ms, TLS handshake [\d.]+ ms\n$/);
  });

  it('echo-client says in a sentence what went wrong, and what to do', async () => {
    const expired = makeCertificate({ issuer: files.authority, days: -1 });
    const pair = (cert: string, key: string): string[] => ['--tls-client-cert', cert, '--tls-client-key', key];
    const cases: readonly (readonly [flags: readonly string[], code: number, words: RegExp])[] = [
      [['--tls'], 76, /was issued by an authority that is not trusted \(\w+\); set --tls-ca to its authority/],
      [
        [...trusting(), '--tls-server-name', 'x.example'],
        76,
        /that is not for x\.example: DNS:localhost, .*--tls-server-name/,
      ],
      [['--tls', '--tls-ca', '/nowhere.pem'], 66, /tls\.ca \/nowhere\.pem cannot be read: no such file/],
      [[...trusting(), ...pair(expired.certFile, expired.keyFile)], 78, /tls\.clientCert \S+ expired at /],
      [
        [...trusting(), '--tls-client-cert', files.client.certFile],
        78,
        /tls\.clientCert is set and tls\.clientKey is not: set both/,
      ],
      [['--tls-ca', files.authority.certFile], 64, /--tls-ca means nothing without TLS: add --tls/],
      [[], 76, /closed without a reply .* does it expect TLS \(--tls\)/],
    ];
    for (const [flags, code, words] of cases) {
      const result = await run('echo-client', server.port, ...flags, 'hello');
      expect({ flags, code: result.code }).to.deep.equal({ flags, code });
      expect(result.stderr)
        .to.match(words)
        .and.match(/^trustctl echo-client: [^\n]+\n$/);
    }
    expect(await run('echo-client', server.port, '--tls', '--no-tls-verify', 'unchecked')).to.include({ code: 0 });
  });

  it('echo-client ends with 75 where the handshake takes too long', async () => {
    await using mute = await scriptedServer(silent);
    const { code, stderr } = await run('echo-client', mute.port, '--tls', '--tls-handshake-timeout', '100ms', 'x');
    expect(code).to.equal(75);
    expect(stderr).to.match(/did not finish its TLS handshake within 0\.1 s; is it a plain port\?/);
  });

  it('shows a certificate to a server that asks for one', async () => {
    const asking = await start('--tls-client-ca', files.authority.certFile);
    const known = ['--tls-client-cert', files.client.certFile, '--tls-client-key', files.client.keyFile];
    expect(await run('echo-client', asking.port, ...trusting(), ...known, 'known')).to.include({ stdout: 'known\n' });
    const nameless = await run('echo-client', asking.port, ...trusting(), 'nameless');
    expect(nameless.code).to.equal(76);
    expect(nameless.stderr).to.match(
      /requires a certificate from its clients .*; give one with --tls-client-cert and --tls-client-key/,
    );
    expect((await asking.waitFor('tls_failed')).code).to.equal('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    await asking.stop();
  });

  it('echo-load-test tells the handshakes apart from connects and round trips', async () => {
    const text = await run('echo-load-test', server.port, ...trusting(), '--clients', '20', '--concurrency', '5');
    expect(text.code).to.equal(0);
    expect(text.stdout).to.match(/20 clients, 5 at a time, .*over TLS\n/);
    expect(text.stdout).to.match(/^handshake: min=[\d.]+ms p50=[\d.]+ms p99=[\d.]+ms max=[\d.]+ms$/m);
    const json = await run('echo-load-test', server.port, ...trusting(), '--clients', '3', '--json');
    const report = JSON.parse(json.stdout) as Record<string, Record<string, number>>;
    expect(report.messages).to.deep.equal({ sent: 30, ok: 30, failed: 0 });
    for (const { min } of [report.handshake_ms!, report.connect_ms!]) expect(min).to.be.greaterThan(0);
    const plain = await ServerProcess.start();
    const off = await run('echo-load-test', plain.port, '--clients', '3', '--json');
    expect((JSON.parse(off.stdout) as Record<string, unknown>).handshake_ms).to.equal(null);
    await plain.stop();
  });

  it('echo-load-test ends with what the handshake says where nobody gets through', async () => {
    const { code, stderr } = await run('echo-load-test', server.port, '--tls', '--clients', '3');
    expect(code).to.equal(76);
    expect(stderr).to.match(
      /^trustctl echo-load-test: \S+ has a certificate that was issued by an authority that is not trusted/,
    );
  });
});
