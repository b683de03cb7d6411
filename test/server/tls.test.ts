import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createEchoServer } from '../../lib/server/create-echo-server';
import type { ServerTlsOptions } from '../../lib/server/server-tls';
import { TlsAcceptor } from '../../lib/server/tls-acceptor';
import { standStill } from '../support/busy';
import { type Certificate, certificates, makeCertificate } from '../support/certificates';
import { Peer, frames, manyFrames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';
import { SlowRelay } from '../support/slow-relay';
import { type TlsPeer, tlsPeer } from '../support/tls-peer';
import { until } from '../support/until';

describe('EchoServer over TLS', () => {
  let server: Certificate;
  let client: Certificate;
  let authority: Certificate;
  let tls: ServerTlsOptions;
  const peers: TlsPeer[] = [];

  before(() => {
    ({ server, client, authority } = certificates());
    tls = { cert: server.cert, key: server.key };
  });
  afterEach(async () => {
    for (const { transport } of peers.splice(0)) transport.destroy();
    await stopServers();
  });

  type Started = Omit<NonNullable<Parameters<typeof TestServer.start>[0]>, 'tls'>;
  const start = (options: Started = {}, more: Partial<ServerTlsOptions> = {}): Promise<TestServer> =>
    TestServer.start({ ...options, tls: { ...tls, ...more } as never });
  const open = async (port: number, options?: Parameters<typeof tlsPeer>[1]): Promise<TlsPeer> => {
    const made = await tlsPeer(port, options);
    peers.push(made);
    return made;
  };

  it('echoes, speaks TLS 1.3, shows a certificate that its authority vouches for', async () => {
    const { port } = await start();
    const { peer, stream } = await open(port, { rejectUnauthorized: true, ca: authority.cert, host: '127.0.0.1' });
    expect(stream.getProtocol()).to.equal('TLSv1.3');
    const wire = manyFrames(100, 1000);
    await peer.send(wire);
    expect(await peer.read(wire.length)).to.deep.equal(wire);
  });

  it('echoes all that came before close_notify, however late it is read, and ends with close_notify', async () => {
    const service = await start();
    const { peer, stream } = await open(service.port);
    stream.pause();
    const wire = manyFrames(400, 60_000); // more than the buffers of both ends hold
    void peer.send(wire);
    peer.halfClose();
    await until(() => stream.bytesWritten > 1 << 20);
    stream.resume();
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    const close = await service.waitFor('client_close');
    expect(close).to.include({ reason: 'disconnect', bytes_in: wire.length, bytes_out: wire.length, frames: 400 });
  });

  it('echoes to openssl, and to Python, which wants a close_notify of each end', async function () {
    const { port } = await start();
    const openssl = spawn('openssl', ['s_client', '-quiet', '-connect', `127.0.0.1:${port}`], { stdio: 'pipe' });
    openssl.stdin.write(frames('hello'));
    const [bytes] = (await once(openssl.stdout, 'data')) as [Buffer];
    expect(bytes).to.deep.equal(frames('hello'));
    openssl.kill();
    const script = [
      'import socket, ssl, sys',
      'context = ssl.create_default_context(cafile=sys.argv[2])',
      'context.set_alpn_protocols([])',
      "stream = context.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))), server_hostname='localhost')",
      "wire = b'\\0\\0\\0\\3abc' * 1000",
      'stream.sendall(wire)',
      'came = b""',
      'while len(came) < len(wire): came += stream.recv(65536)',
      'assert came == wire',
      'stream.unwrap()', // raises where the peer's close_notify does not come
      "print('ended')",
    ].join('\n');
    const python = spawn('python3', ['-c', script, String(port), authority.certFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let words = '';
    for (const from of [python.stdout, python.stderr]) from.on('data', (chunk: Buffer) => (words += chunk.toString()));
    await once(python, 'close');
    expect(words).to.equal('ended\n');
  });

  it('takes a FIN without close_notify for the end between frames, and for a truncation inside one', async () => {
    const service = await start();
    for (const [bytes, reason] of [
      [frames('whole'), 'disconnect'],
      [frames('cut short').subarray(0, 6), 'frame_truncated'],
    ] as const) {
      const { peer, transport } = await open(service.port);
      await peer.send(bytes);
      if (reason === 'disconnect') await peer.read(bytes.length);
      transport.destroy();
      await until(() => service.all('client_close').some((line) => line.reason === reason));
    }
  });

  it('refuses a header over the limit without loss: the echoes before it, then close_notify', async () => {
    const service = await start({ maxPayload: 100 });
    const { peer } = await open(service.port);
    const good = frames('one', 'two', 'three');
    await peer.send(Buffer.concat([good, frames(Buffer.alloc(200_000))]));
    expect(await peer.readToEnd()).to.deep.equal(good);
    expect(peer.ended).to.equal('fin');
    expect(await service.waitFor('frame_oversize')).to.include({ announced: 200_000 });
    expect((await service.waitFor('client_close')).bytes_out).to.equal(good.length);
  });

  it('says what a client speaks that does not speak TLS', async () => {
    const service = await start();
    for (const [bytes, told] of [
      ['GET / HTTP/1.1\r\n\r\n', { looks_like: 'HTTP request', code: 'ERR_SSL_HTTP_REQUEST' }],
      [
        frames('a frame'),
        {
          looks_like: 'frame without TLS',
          code: 'ERR_SSL_WRONG_VERSION_NUMBER',
          first_bytes: '000000076120667261' + '6d65',
        },
      ],
    ] as const) {
      const peer = await Peer.connect(service.port);
      await peer.send(bytes);
      await peer.readToEnd();
      const failed = await service.waitFor('tls_failed', service.all('tls_failed').length || 1);
      expect(failed).to.include(told);
      const close = await service.waitFor('client_close', service.all('tls_failed').length);
      expect(close).to.include({ reason: 'tls_failed', bytes_in: 0, bytes_out: 0, frames: 0 });
    }
  });

  it('takes a client that leaves without a byte for what it is: a health check', async () => {
    const service = await start({ logConnections: 'active' });
    const check = await Peer.connect(service.port);
    check.halfClose();
    await check.readToEnd();
    const silent = await Peer.connect(service.port);
    silent.close();
    const { peer } = await open(service.port);
    await peer.send(frames('x'));
    await peer.read(5);
    peer.close();
    await service.waitFor('client_close');
    expect(service.events.filter(({ conn }) => conn !== 3)).to.deep.equal([]);
  });

  it('ends a handshake that is never begun, and one that is never ended, after its own deadline', async () => {
    const service = await start({ timeout: 0 }, { handshakeTimeout: 0.2 });
    const silent = await Peer.connect(service.port);
    await silent.readToEnd();
    expect(await service.waitFor('tls_failed')).to.include({ code: 'ETIMEDOUT', message: 'the client sent nothing' });
    const slow = await Peer.connect(service.port);
    await slow.send(Buffer.from('1603010200', 'hex'));
    await slow.readToEnd();
    const failed = await service.waitFor('tls_failed', 2);
    expect(failed).to.include({ code: 'ETIMEDOUT', message: 'it took too long' }).and.not.have.property('first_bytes');
    expect(failed.timeout_sec).to.be.within(0.19, 5); // a timer may fire a little early
  });

  it('counts bytes that waited while this process was busy past the deadline of a handshake', async () => {
    const acceptor = new TlsAcceptor({
      cert: server.cert,
      key: server.key,
      clientCa: undefined,
      minVersion: 'TLSv1.3',
      handshakeTimeout: 0.02,
    });
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    const accepted = once(listener, 'connection') as Promise<[Socket]>;
    await once(listener, 'listening');
    const peer = await Peer.connect((listener.address() as AddressInfo).port);
    const [socket] = await accepted;
    await peer.send(frames('a frame'));
    const error = await new Promise<Error>((failed, unexpected) => {
      acceptor.accept(socket, { began: () => undefined, left: unexpected, secured: unexpected, failed });
      standStill(40);
    });
    expect(error.message).to.not.include('sent nothing');
    socket.destroy();
    peer.close();
    listener.close();
  });

  it('serves others while a thousand clients never begin their handshake, in the only place that there is', async () => {
    const service = await start({ concurrency: 1 }, { handshakeTimeout: 60 });
    const silent = await Promise.all(Array.from({ length: 1000 }, () => Peer.connect(service.port)));
    const begun = await Peer.connect(service.port);
    await begun.send(Buffer.from('16', 'hex'));
    const { peer } = await open(service.port);
    await peer.send(frames('served'));
    expect(await peer.read(10)).to.deep.equal(frames('served'));
    for (const each of [...silent, begun]) each.close();
  });

  it('counts clients in their handshake as connections', async () => {
    const service = await start({ maxConnections: 1 }, { handshakeTimeout: 60 });
    const silent = await Peer.connect(service.port);
    await service.waitFor('client_connect');
    const next = await Peer.connect(service.port);
    await next.readToEnd();
    await service.waitFor('client_drop');
    silent.close();
  });

  it('lets a client wait its turn after its handshake, and ends the handshake of one that has left', async () => {
    const service = await start({ concurrency: 1 }, { handshakeTimeout: 60 });
    const first = await open(service.port);
    await first.peer.send(frames('first'));
    await first.peer.read(9);
    const second = await open(service.port);
    await second.peer.send(frames('second'));
    const leaver = await Peer.connect(service.port);
    await leaver.send(Buffer.from('1603010200', 'hex'));
    leaver.halfClose();
    expect(await service.waitFor('tls_failed')).to.include({ code: 'ECONNRESET' });
    expect(second.peer.received).to.have.length(0);
    first.peer.close();
    expect(await second.peer.read(10)).to.deep.equal(frames('second'));
  });

  it('does not call a client silent that sends a record slowly', async () => {
    const service = await start({ timeout: 0.6 });
    await using relay = await SlowRelay.start(service.port);
    const { peer } = await open(relay.port);
    const wire = frames(Buffer.alloc(4000, 1)); // one record: none of its bytes shows before the last has come
    relay.bytesPerStep = 50;
    await peer.send(wire);
    expect(await peer.read(wire.length)).to.deep.equal(wire);
    expect(service.all('recv_timeout')).to.deep.equal([]);
  });

  it('ends a client whose record never gets whole, as one whose frame does not', async () => {
    const service = await start({ timeout: 0.6, frameTimeout: 1 });
    await using relay = await SlowRelay.start(service.port);
    const { peer } = await open(relay.port);
    relay.bytesPerStep = 1;
    await peer.send(frames(Buffer.alloc(4000, 1)));
    expect(await service.waitFor('frame_timeout')).to.include({ timeout_sec: 1 });
    expect(await service.waitFor('client_close')).to.include({ reason: 'frame_timeout', bytes_in: 0 });
  });

  it('asks for a certificate where clientCa is set: one of its own, none, and one of somebody else', async () => {
    const service = await start({}, { clientCa: authority.cert });
    const { peer } = await open(service.port, { cert: client.cert, key: client.key });
    await peer.send(frames('known'));
    expect(await peer.read(9)).to.deep.equal(frames('known'));

    const nameless = await open(service.port);
    const [error] = (await once(nameless.stream, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(await service.waitFor('tls_failed')).to.include({ code: 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE' });

    const stranger = makeCertificate({ subject: 'a stranger' });
    await (await open(service.port, { cert: stranger.cert, key: stranger.key })).peer.readToEnd();
    expect(await service.waitFor('tls_failed', 2)).to.include({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message: "the client's certificate is self-signed and not among the trusted authorities",
    });
  });

  it('refuses an older version than it may speak, and speaks TLS 1.2 where it may', async () => {
    const service = await start();
    const refused = connectTls({
      port: service.port,
      host: '127.0.0.1',
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    });
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(await service.waitFor('tls_failed')).to.include({ code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' });
    const older = await start({}, { minVersion: 'TLSv1.2' });
    const { peer } = await open(older.port, { maxVersion: 'TLSv1.2' });
    await peer.send(frames('older'));
    peer.halfClose();
    expect(await peer.readToEnd()).to.deep.equal(frames('older'));
    expect((await older.waitFor('client_close')).reason).to.equal('disconnect');
  });

  it('cuts a client that does not read, and holds no more for it than over TCP', async () => {
    const service = await start({ timeout: 0.5 });
    const { peer, stream } = await open(service.port);
    stream.pause();
    void peer.send(manyFrames(800, 60_000)).catch(() => undefined);
    expect(await service.waitFor('send_timeout')).to.include({ code: 'EAGAIN' });
    const { bytes_in, bytes_out } = (await service.waitFor('client_close')) as unknown as Record<string, number>;
    expect(bytes_in! - bytes_out!).to.be.within(0, 1 << 19);
  });

  it('stops: echoes what arrived, ends with close_notify, and gives a handshake that is under way a moment', async () => {
    const service = await start({ shutdownTimeout: 10 }, { handshakeTimeout: 60 });
    const { peer } = await open(service.port);
    const wire = manyFrames(50, 10_000);
    await peer.send(wire);
    const silent = await Peer.connect(service.port);
    await service.waitFor('client_connect', 2);
    const stopped = service.stop();
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    await silent.readToEnd();
    expect(await stopped).to.deep.equal({ cut: 0 });
  });

  it('takes other credentials for the connections that come, and keeps those that it has where they are bad', async () => {
    const service = await start();
    const subjectOf = async (): Promise<unknown> => (await open(service.port)).stream.getPeerCertificate().subject.CN;
    const before = await open(service.port);
    const renewed = makeCertificate({ subject: 'renewed' });
    service.server.setCredentials({ cert: renewed.cert, key: renewed.key });
    expect(await subjectOf()).to.equal('renewed');
    expect(() => service.server.setCredentials({ cert: server.cert, key: renewed.key })).to.throw(
      'tls.key does not belong',
    );
    expect(await subjectOf()).to.equal('renewed');
    await before.peer.send(frames('goes on'));
    expect(await before.peer.read(11)).to.deep.equal(frames('goes on'));
  });

  it('checks its options, and shows no key', () => {
    const options =
      (given: unknown): (() => unknown) =>
      () =>
        createEchoServer({ tls: given as ServerTlsOptions });
    expect(options({ cert: server.cert })).to.throw(
      TypeError,
      'tls.key must be the contents of a PEM file, not its path',
    );
    expect(options({ cert: server.certFile, key: server.key })).to.throw(TypeError, 'tls.cert must be the contents');
    expect(options({ ...tls, minVersion: 'SSLv3' })).to.throw(RangeError, 'tls.minVersion must be one of');
    expect(options({ ...tls, handshakeTimeout: -1 })).to.throw(RangeError, 'tls.handshakeTimeout');
    expect(options({ cert: server.cert, key: authority.key })).to.throw(
      'tls.key does not belong to the certificate in tls.cert',
    );
    for (const given of [
      { ...tls, passKey: server.key },
      { ...tls, minVersion: server.key },
      { ...tls, clientCa: 'x' },
    ]) {
      expect(options(given)).to.throw().with.property('message').that.does.not.include('BEGIN');
    }
    expect(() => createEchoServer({}).setCredentials(tls)).to.throw(TypeError, 'the server has no TLS');
  });

  it('loads node:tls only where it is wanted', () => {
    const loaded = (tls: string): string =>
      execFileSync(
        process.execPath,
        [
          '-e',
          `const { createEchoServer } = require('.'); createEchoServer({ ${tls} });
         console.log(process.moduleLoadList.includes('NativeModule tls'))`,
        ],
        { encoding: 'utf8', env: { ...process.env, CERT: server.cert, KEY: server.key } },
      );
    expect(loaded('')).to.equal('false\n');
    expect(loaded('tls: { cert: process.env.CERT, key: process.env.KEY }')).to.equal('true\n');
  });
});
