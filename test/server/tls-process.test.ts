import { expect } from 'chai';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, certificates, encryptedKey, makeCertificate } from '../support/certificates';
import { frames } from '../support/peer';
import { tlsPeer } from '../support/tls-peer';
import { ServerProcess, runTrustctl, temporaryFolder, withFilePermissions } from '../support/trustctl';

describe('echo-server with TLS', () => {
  let server: Certificate;
  let authority: Certificate;
  before(() => ({ server, authority } = certificates()));

  /** The subject of the certificate that a server shows, by an echo. */
  async function subjectOf(port: number): Promise<string> {
    const { peer, stream, transport } = await tlsPeer(port);
    await peer.send(frames('x'));
    await peer.read(5);
    transport.destroy();
    return stream.getPeerCertificate().subject.CN as string;
  }

  for (const workers of ['1', '2']) {
    it(`(workers: ${workers}) reads its certificate anew at SIGHUP, and keeps the old one where the new one is bad`, async () => {
      const folder = temporaryFolder();
      const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
      const use = ({ certFile }: Certificate, { keyFile }: Certificate): void => {
        copyFileSync(certFile, files.cert);
        copyFileSync(keyFile, files.key);
      };
      use(server, server);
      const process = await ServerProcess.start([
        '--tls-cert',
        files.cert,
        '--tls-key',
        files.key,
        '--workers',
        workers,
      ]);
      expect(process.all('server_start')[0]).to.include({ tls: true });
      const seen = async (subject: string): Promise<void> => {
        for (let client = 0; client < 6; client++) expect(await subjectOf(process.port)).to.equal(subject);
      };
      await seen('localhost');

      const renewed = makeCertificate({ subject: 'renewed' });
      use(renewed, renewed);
      process.child.kill('SIGHUP');
      expect(await process.waitFor('tls_reload')).to.include({ subject: 'CN=renewed', level: 'info' });
      await seen('renewed');

      for (const [index, spoil] of [
        () => use(server, renewed),
        () => writeFileSync(files.key, 'not a key'),
        () =>
          use(
            ...([makeCertificate({ issuer: authority, days: -1 })].flatMap((c) => [c, c]) as [
              Certificate,
              Certificate,
            ]),
          ),
      ].entries()) {
        spoil();
        process.child.kill('SIGHUP');
        await process.waitFor('tls_failed', (line) => process.all('tls_failed').indexOf(line) === index);
      }
      expect(process.all('tls_failed').map(({ level, message }) => `${level} ${String(message)}`)).to.satisfy(
        ([first, second, third]: string[]) =>
          /^warn tls\.key .* does not belong to the certificate in tls\.cert /.test(first!) &&
          /^warn tls\.key .* contains no private key in PEM form$/.test(second!) &&
          /^warn tls\.cert .* expired at /.test(third!),
      );
      await seen('renewed');
      expect(JSON.stringify(process.events)).to.not.include('BEGIN');
      expect(await process.stop()).to.equal(0);
    });
  }

  it('refuses what it cannot use in one sentence, before it listens', async () => {
    const other = makeCertificate();
    const expired = makeCertificate({ issuer: authority, days: -1 });
    const weak = { cert: server.certFile, key: server.keyFile };
    const cases: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
      [['--tls-cert', weak.cert], 78, /tls\.cert is set and tls\.key is not: set both/],
      [['--tls-key', weak.key], 78, /tls\.key is set and tls\.cert is not: set both/],
      [['--tls-client-ca', weak.cert], 78, /tls\.clientCa is set without TLS: set tls\.cert and tls\.key/],
      [
        ['--tls-cert', weak.cert, '--tls-key', other.keyFile],
        78,
        /tls\.key \S+ does not belong to the certificate in tls\.cert \S+/,
      ],
      [
        ['--tls-cert', expired.certFile, '--tls-key', expired.keyFile],
        78,
        /tls\.cert \S+ expired at \S+: get a new certificate/,
      ],
      [
        ['--tls-cert', '/nowhere/cert.pem', '--tls-key', weak.key],
        66,
        /tls\.cert \/nowhere\/cert\.pem cannot be read: no such file/,
      ],
      [['--tls-cert', weak.key, '--tls-key', weak.key], 78, /tls\.cert \S+ contains no certificate in PEM form/],
      [
        ['--tls-cert', weak.cert, '--tls-key', encryptedKey(server)],
        78,
        /tls\.key \S+ is encrypted with a passphrase: /,
      ],
      [
        ['--tls-cert', weak.cert, '--tls-key', weak.key, '--tls-client-ca', weak.key],
        78,
        /tls\.clientCa \S+ contains no certificate/,
      ],
    ];
    await Promise.all(
      cases.map(async ([args, code, words]) => {
        const run = await runTrustctl(['echo-server', '--port', '0', '--workers', '2', ...args]);
        expect({ args, code: run.code, stderr: run.stderr }).to.deep.include({ args, code });
        expect(run.stderr).to.match(new RegExp(`^trustctl echo-server: ${words.source}[^\n]*\n$`));
        expect(run.stdout).to.not.include('server_start');
      }),
    );
  });

  it('says that it may not read a key', async () => {
    const folder = temporaryFolder();
    const key = join(folder, 'key.pem');
    copyFileSync(server.keyFile, key);
    chmodSync(key, 0);
    const args = ['echo-server', '--port', '0', '--tls-cert', server.certFile, '--tls-key', key];
    const { code, stderr } = await runTrustctl(args, { argv0: withFilePermissions });
    expect(code).to.equal(77);
    expect(stderr).to.match(/^trustctl echo-server: tls\.key \S+ cannot be read: permission denied [^\n]+\n$/);
  });

  it('shows the paths of keys in its settings, and never what they hold', async () => {
    const { stdout } = await runTrustctl(['config', 'show', '--json', '--tls-key', server.keyFile]);
    expect(stdout).to.include(server.keyFile);
    expect(stdout).to.not.include(readFileSync(server.keyFile, 'utf8').split('\n')[1]);
  });
});
