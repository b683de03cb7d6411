import { once } from 'node:events';
import { type Socket, connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { type TLSSocket, connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import { serializeProxyHeader } from '../../lib/net/proxy-protocol';
import { type Certificate, makeCertificate } from '../support/certificates';
import { Peer, frames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';

const HEADER = serializeProxyHeader('v2', {
  source: { address: '192.0.2.1', port: 56324 },
  destination: { address: '192.0.2.2', port: 9900 },
});

/** What TLS writes, on a socket, with `prefix` in the segment of the first of it; or each byte in a segment of its own. */
class Wire extends Duplex {
  constructor(
    private readonly socket: Socket,
    private prefix: Buffer,
    private readonly byteByByte: boolean,
  ) {
    super();
    socket.on('data', (chunk) => this.push(chunk)).on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    // what comes is pushed
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const bytes = Buffer.concat([this.prefix, chunk]);
    this.prefix = Buffer.alloc(0);
    if (!this.byteByByte) this.socket.write(bytes, done);
    else
      for (const [at] of bytes.entries())
        this.socket.write(bytes.subarray(at, at + 1), at + 1 < bytes.length ? undefined : done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }
}

describe('TLS behind a PROXY protocol header', () => {
  let made: Certificate;
  before(() => (made = makeCertificate()));
  afterEach(stopServers);

  const start = (options = {}) =>
    TestServer.start({ proxyProtocol: 'require', tls: { cert: made.cert, key: made.key }, ...options } as never);

  async function secured(port: number, byteByByte: boolean): Promise<TLSSocket> {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const stream = connectTls({ socket: new Wire(socket, HEADER, byteByByte), ca: made.cert, servername: 'localhost' });
    await once(stream, 'secureConnect');
    return stream;
  }

  for (const byteByByte of [false, true]) {
    it(`echoes, header and handshake ${byteByByte ? 'byte by byte' : 'in one segment'}`, async () => {
      const server = await start();
      const stream = await secured(server.port, byteByByte);
      stream.end(frames('AAAA', 'BBBB'));
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks)).to.deep.equal(frames('AAAA', 'BBBB'));
      const close = await server.waitFor('client_close');
      expect(close).to.include({ reason: 'disconnect', frames: 2, bytes_in: 16, bytes_out: 16 });
      for (const event of server.events) expect(event).to.include({ remote: '192.0.2.1:56324' });
    });
  }

  for (const sendProxy of ['v1', 'v2'] as const) {
    it(`FrameClient sends its header before the handshake: ${sendProxy}`, async () => {
      const server = await start();
      await using client = await FrameClient.connect({ port: server.port, sendProxy, tls: { ca: made.cert } });
      expect((await client.request('AAAA')).toString()).to.equal('AAAA');
      const { remote, peer } = await server.waitFor('client_connect');
      expect(remote).to.equal(peer);
    });
  }

  it('refuses a handshake without a header, and a header without a handshake, as what they are', async () => {
    const server = await start();
    const bare = connectTls({ port: server.port, host: '127.0.0.1', ca: made.cert });
    bare.on('error', () => undefined);
    await new Promise((resolve) => bare.once('close', resolve));
    expect(await server.waitFor('proxy_refused')).to.include({ looks_like: 'TLS ClientHello' });

    const plain = await Peer.connect(server.port);
    await plain.send(Buffer.concat([HEADER, frames('AAAA')]));
    await plain.readToEnd();
    expect(await server.waitFor('tls_failed')).to.include({ remote: '192.0.2.1:56324' });
    expect(await server.waitFor('client_close', 2)).to.include({ reason: 'tls_failed', frames: 0 });
    plain.close();
  });

  it('logs no health check that sends LOCAL and closes, where only active connections are logged', async () => {
    const server = await start({ logConnections: 'active' });
    const check = await Peer.connect(server.port);
    await check.send(serializeProxyHeader('v2', undefined));
    check.halfClose();
    await check.readToEnd();
    check.close();
    const stream = await secured(server.port, false);
    stream.end(frames('AAAA'));
    stream.resume();
    expect(await server.waitFor('client_close')).to.include({ conn: 2, frames: 1 });
    expect(server.events.every(({ conn }) => conn === 2)).to.equal(true);
  });

  it('stops within a moment while one is between header and handshake', async () => {
    const server = await start({ timeout: 0, shutdownTimeout: 60 });
    const peer = await Peer.connect(server.port);
    await peer.send(HEADER);
    await server.waitFor('client_connect');
    const stopped = server.stop();
    await peer.readToEnd();
    peer.close();
    expect(await stopped).to.deep.equal({ cut: 0 });
    expect(server.all('client_close')[0]).to.include({ remote: '192.0.2.1:56324' });
  });
});
