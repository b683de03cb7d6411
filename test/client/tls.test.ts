import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import type { ClientTlsOptions } from '../../lib/client/client-tls';
import { FrameBatch } from '../../lib/framing';
import { type Certificate, certificates, makeCertificate } from '../support/certificates';
import { echo, scriptedServer, silent } from '../support/scripted-server';
import { TestServer, stopServers } from '../support/server';

describe('FrameClient over TLS', () => {
  let server: Certificate;
  let client: Certificate;
  let authority: Certificate;
  before(() => ({ server, client, authority } = certificates()));
  afterEach(stopServers);

  const start = (more: object = {}): Promise<TestServer> =>
    TestServer.start({ tls: { cert: server.cert, key: server.key, ...more } as never });
  const connect = (port: number, tls: ClientTlsOptions = {}, host = '127.0.0.1'): Promise<FrameClient> =>
    FrameClient.connect({ host, port, tls: { ca: authority.cert, ...tls } });
  const failure = async (work: Promise<unknown>): Promise<Error & { code: string }> =>
    work.then(
      () => expect.fail('it succeeded'),
      (error: unknown) => error as Error & { code: string },
    );

  it('sends and receives, tells how long the handshake took, and ends in order', async () => {
    const { port } = await start();
    await using made = await connect(port);
    expect(made.handshakeMs).to.be.greaterThan(0);
    const payloads = Array.from({ length: 300 }, (_, n) => Buffer.alloc(60_000, n)); // 18 MB, more than any buffer holds
    void made.send(FrameBatch.of(...payloads));
    made.end();
    let count = 0;
    for await (const payload of made) expect(payload.equals(payloads[count++]!)).to.equal(true);
    expect(count).to.equal(300);
  });

  it('checks the name: the host, or another that is given', async () => {
    const { port } = await start();
    (await connect(port, {}, 'localhost')).close();
    const named = await TestServer.start({
      tls: pairFor('DNS:echo.example') as never,
    });
    (await connect(named.port, { serverName: 'echo.example' })).close();
    const error = await failure(connect(named.port));
    expect(error).to.include({ code: 'ERR_TLS_FAILED' });
    expect(error.message).to.match(
      /^127\.0\.0\.1:\d+ has a certificate that is not for 127\.0\.0\.1: DNS:echo\.example$/,
    );
    (await connect(named.port, { verify: false })).close();
  });

  function pairFor(names: string): { cert: string; key: string } {
    const { cert, key } = makeCertificate({ names, issuer: authority });
    return { cert, key };
  }

  it('says in a sentence why it trusts a certificate not', async () => {
    const { port } = await start();
    const untrusted = await failure(FrameClient.connect({ port, tls: {} }));
    expect(untrusted.message).to.match(/has a certificate that was issued by an authority that is not trusted \(/);
    const { cert, key } = makeCertificate();
    const selfSigned = await TestServer.start({ tls: { cert, key } as never });
    const refused = await failure(FrameClient.connect({ port: selfSigned.port, tls: {} }));
    expect(refused.message).to.match(/is self-signed and not among the trusted authorities \(DEPTH_ZERO/);
  });

  it('shows a certificate where the server asks for one, and says so where it has none', async () => {
    const { port } = await start({ clientCa: authority.cert });
    const known = await connect(port, { clientCert: client.cert, clientKey: client.key });
    expect((await known.request('known')).toString()).to.equal('known');
    known.close();
    const nameless = await connect(port); // TLS 1.3: the server's verdict comes after the client's handshake
    const error = await failure(nameless.request('who am I'));
    expect(error).to.include({ code: 'ERR_TLS_FAILED' });
    expect(error.message).to.match(
      /requires a certificate from its clients \(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\)$/,
    );
  });

  it('tells a server that speaks no TLS, whatever it answers, and one that says nothing', async () => {
    await using echoes = await scriptedServer(echo);
    const plain = await failure(connect(echoes.port));
    expect(plain).to.include({ code: 'ERR_TLS_FAILED' });
    await using speaks = await scriptedServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const http = await failure(connect(speaks.port));
    expect(http.message).to.match(/does not speak TLS \(ERR_SSL_WRONG_VERSION_NUMBER\)$/);
    await using closes = await scriptedServer((socket) => void socket.once('data', () => socket.end()));
    expect((await failure(connect(closes.port))).message).to.match(/closed the connection instead of a TLS handshake/);
    await using mute = await scriptedServer(silent);
    const late = await failure(connect(mute.port, { handshakeTimeout: 0.1 }));
    expect(late).to.include({ code: 'ERR_TLS_TIMEOUT' });
    expect(late.message).to.match(/did not finish its TLS handshake within 0\.1 s$/);
  });

  it('gives up a handshake when its signal is aborted', async () => {
    await using mute = await scriptedServer(silent);
    const abort = new AbortController();
    const connecting = FrameClient.connect({ port: mute.port, tls: {}, signal: abort.signal });
    setImmediate(() => abort.abort());
    expect((await failure(connecting)).name).to.equal('AbortError');
  });

  it('says that the server speaks only older versions', async () => {
    const older = await start({ minVersion: 'TLSv1.2' });
    (await connect(older.port, { minVersion: 'TLSv1.2' })).close();
    const { createServer } = await import('node:tls');
    const only12 = createServer({ cert: server.cert, key: server.key, maxVersion: 'TLSv1.2' }).listen(0, '127.0.0.1');
    await new Promise((resolve) => only12.once('listening', resolve));
    const { port } = only12.address() as { port: number };
    const error = await failure(connect(port));
    only12.close();
    expect(error.message).to.match(/TLS versions/);
  });

  it('checks its options, and refuses credentials that cannot be used', async () => {
    const given = (tls: unknown): Promise<Error & { code: string }> =>
      failure(FrameClient.connect({ port: 1, tls: tls as ClientTlsOptions }));
    expect((await given({ verify: 'no' })).message).to.equal("tls.verify must be true or false, not 'no'");
    expect((await given({ ca: '/a/path' })).message).to.include('not its path');
    expect((await given({ servername: 'x' })).message).to.include('there is no option tls.servername');
    expect(await given({ clientCert: client.cert })).to.include({ code: 'ERR_TLS_CREDENTIALS' });
    expect(await given({ clientCert: client.cert, clientKey: server.key })).to.include({ code: 'ERR_TLS_CREDENTIALS' });
  });
});
