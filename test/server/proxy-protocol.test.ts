import { expect } from 'chai';
import { createFrameServer } from '../../lib/server/create-frame-server';
import { serializeProxyHeader } from '../../lib/net/proxy-protocol';
import { Peer, frames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';
import { v2 } from '../net/proxy-protocol/headers';

const route = {
  source: { address: '192.0.2.1', port: 56324 },
  destination: { address: '192.0.2.2', port: 9900 },
};
const V1 = serializeProxyHeader('v1', route);
const V2 = serializeProxyHeader('v2', route);
const LOCAL = serializeProxyHeader('v2', undefined);

/** The address of a test's client at its own end. */
const addressOf = ({ socket }: Peer): string => `127.0.0.1:${socket.localPort}`;

describe('a server that requires a PROXY protocol header', () => {
  afterEach(stopServers);

  const required = (options = {}) => TestServer.start({ proxyProtocol: 'require', ...options });

  for (const [version, header] of Object.entries({ V1, V2 })) {
    it(`echoes what follows the header in the same segment, and names the client: ${version}`, async () => {
      const server = await required();
      const peer = await Peer.connect(server.port);
      const address = addressOf(peer);
      await peer.send(Buffer.concat([header, frames('AAAA', 'BBBB')]));
      peer.halfClose();
      expect(await peer.readToEnd()).to.deep.equal(frames('AAAA', 'BBBB'));
      await server.waitFor('client_close');
      const names = ['client_connect', 'client_disconnect', 'client_close'];
      expect(server.events.map(({ event }) => event)).to.deep.equal(names);
      for (const event of server.events) expect(event).to.include({ remote: '192.0.2.1:56324', peer: address });
      expect(server.all('client_close')[0]).to.include({
        reason: 'disconnect',
        frames: 2,
        bytes_in: 16,
        bytes_out: 16,
      });
    });

    it(`takes the header in however many segments: ${version}`, async () => {
      const server = await required();
      const peer = await Peer.connect(server.port);
      peer.socket.setNoDelay(true);
      const bytes = Buffer.concat([header, frames('AAAA')]);
      for (const byte of bytes) await peer.send(Buffer.from([byte]));
      expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
      expect(server.all('client_connect')[0]).to.include({ remote: '192.0.2.1:56324' });
      peer.close();
    });
  }

  it('echoes a stream that ends in the segment of its header', async () => {
    const server = await required({ concurrency: 1 });
    const holder = await Peer.connect(server.port);
    await holder.send(Buffer.concat([V2, frames('holds the place')]));
    await holder.read(19);
    const peers = [Buffer.concat([V1, frames('AAAA')]), V1].map(async (bytes) => {
      const peer = await Peer.connect(server.port);
      await peer.send(bytes);
      peer.halfClose();
      return peer;
    });
    const [echoed, empty] = await Promise.all(peers);
    await server.waitFor('client_connect', 3);
    holder.close();
    expect(await echoed!.readToEnd()).to.deep.equal(frames('AAAA'));
    expect(await empty!.readToEnd()).to.have.length(0);
    await server.waitFor('client_close', 3);
    expect(server.all('client_close').map(({ reason }) => reason)).to.deep.equal(Array(3).fill('disconnect'));
  });

  it('names the client of an IPv6 address in brackets', async () => {
    const server = await required();
    const peer = await Peer.connect(server.port);
    await peer.send('PROXY TCP6 2001:DB8::1 ::1 1 2\r\n');
    expect(await server.waitFor('client_connect')).to.include({ remote: '[2001:db8::1]:1' });
    peer.close();
  });

  for (const [what, header] of Object.entries({
    LOCAL,
    UNKNOWN: 'PROXY UNKNOWN\r\n',
    'a UNIX socket': v2('2131', Buffer.alloc(216)),
  })) {
    it(`names the peer itself where the header says ${what}`, async () => {
      const server = await required();
      const peer = await Peer.connect(server.port);
      await peer.send(Buffer.concat([Buffer.from(header as string), frames('AAAA')]));
      expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
      expect(server.all('client_connect')[0]).to.include({ remote: addressOf(peer), peer: addressOf(peer) });
      peer.close();
    });
  }

  it('echoes unframed bytes, too', async () => {
    const server = await required({ framing: 'raw' });
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([V1, Buffer.from('raw')]));
    expect((await peer.read(3)).toString()).to.equal('raw');
    peer.halfClose();
    await peer.readToEnd();
    expect(await server.waitFor('client_close')).to.include({ bytes_in: 3, bytes_out: 3, remote: '192.0.2.1:56324' });
  });

  it('tells a handler both addresses', async () => {
    const server = createFrameServer({ port: 0, proxyProtocol: 'require' }, (_, { remote, peer }) => [remote, peer]);
    const { port } = await server.listen();
    const peer = await Peer.connect(port);
    await peer.send(Buffer.concat([V2, frames('who?')]));
    const reply = frames('192.0.2.1:56324', addressOf(peer));
    expect(await peer.read(reply.length)).to.deep.equal(reply);
    peer.close();
    await server.stop();
  });

  describe('refuses', () => {
    const refused: Readonly<Record<string, readonly [bytes: string | Buffer, told: Record<string, unknown>]>> = {
      'an HTTP request': [
        'GET / HTTP/1.1\r\n\r\n',
        {
          code: 'ERR_PROXY_HEADER_INVALID',
          looks_like: 'HTTP request',
          first_bytes: '474554202f20485454502f312e310d0a',
        },
      ],
      'a frame without a header': [
        frames('AAAA'),
        { code: 'ERR_PROXY_HEADER_INVALID', looks_like: 'length-prefixed frame', first_bytes: '0000000441414141' },
      ],
      'a TLS handshake without a header': [
        Buffer.from('16030102000100', 'hex'),
        { code: 'ERR_PROXY_HEADER_INVALID', looks_like: 'TLS ClientHello' },
      ],
      'a header that is wrong': [
        'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n',
        {
          code: 'ERR_PROXY_HEADER_INVALID',
          message: 'a port is not a number up to 65535',
          looks_like: 'PROXY protocol',
        },
      ],
      'a line that is too long': [
        `PROXY UNKNOWN ${'x'.repeat(100)}`,
        { code: 'ERR_PROXY_HEADER_INVALID', message: 'its line is longer than 107 bytes' },
      ],
    };
    for (const [what, [bytes, told]] of Object.entries(refused)) {
      it(what, async () => {
        const server = await required();
        const peer = await Peer.connect(server.port);
        await peer.send(bytes);
        expect(await peer.readToEnd()).to.have.length(0);
        expect(await server.waitFor('proxy_refused')).to.include({ ...told, remote: addressOf(peer) });
        expect(await server.waitFor('client_close')).to.include({ reason: 'proxy_refused', frames: 0 });
        expect(server.events.map(({ event }) => event)).to.deep.equal([
          'client_connect',
          'proxy_refused',
          'client_close',
        ]);
      });
    }

    it('a header that is cut by the end of the stream', async () => {
      const server = await required();
      const peer = await Peer.connect(server.port);
      await peer.send(V2.subarray(0, 20));
      peer.halfClose();
      expect(await server.waitFor('proxy_refused')).to.include({
        code: 'ERR_PROXY_HEADER_TRUNCATED',
        message: 'the stream ended after 20 bytes of the header',
      });
      expect(await server.waitFor('client_close')).to.include({ reason: 'proxy_refused' });
    });

    it('a header that takes longer than the idle limit, however often a byte comes', async () => {
      const server = await required({ timeout: 0.4 });
      const peer = await Peer.connect(server.port);
      const trickle = setInterval(() => peer.socket.writable && peer.socket.write('x'), 20);
      await peer.send('PROXY UNKNOWN ');
      const event = await server.waitFor('proxy_refused');
      clearInterval(trickle);
      expect(event).to.include({ code: 'ERR_PROXY_HEADER_TIMEOUT', timeout_sec: 0.4 });
      expect(await server.waitFor('client_close')).to.include({ reason: 'proxy_refused' });
      peer.close();
    });

    it('a peer that is none of the trusted proxies, before it says a word, whatever is logged', async () => {
      const server = await required({ trustedProxies: ['10.0.0.0/8', '127.0.0.2', '::1'], logConnections: 'active' });
      const peer = await Peer.connect(server.port);
      await peer.readToEnd();
      expect(await server.waitFor('proxy_refused')).to.include({
        code: 'ERR_PROXY_NOT_TRUSTED',
        message: '127.0.0.1 is not one of server.trustedProxies',
        remote: addressOf(peer),
      });
      expect(await server.waitFor('client_close')).to.include({ reason: 'proxy_refused' });
    });
  });

  it('takes connections of trusted proxies', async () => {
    const server = await required({ trustedProxies: ['127.0.0.0/30'] });
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([V1, frames('AAAA')]));
    expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
    peer.close();
  });

  it('knows a trusted IPv4 proxy on a socket that takes both families', async () => {
    const server = await required({ host: '::', trustedProxies: ['127.0.0.1'] });
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([V1, frames('AAAA')]));
    expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
    peer.close();
  });

  it('cuts a peer that sends nothing at the idle limit, as any other', async () => {
    const server = await required({ timeout: 0.3 });
    const peer = await Peer.connect(server.port);
    await peer.readToEnd();
    expect(await server.waitFor('recv_timeout')).to.include({ code: 'EAGAIN', timeout_sec: 0.3 });
    expect(await server.waitFor('client_close')).to.include({ reason: 'recv_timeout', remote: addressOf(peer) });
  });

  describe('with health checks', () => {
    const checks: Readonly<Record<string, (peer: Peer) => Promise<void> | void>> = {
      'connects and closes': (peer) => peer.close(),
      'connects and resets': (peer) => peer.reset(),
      'sends LOCAL and closes': async (peer) => {
        await peer.send(LOCAL);
        peer.close();
      },
    };
    for (const [what, check] of Object.entries(checks)) {
      it(`logs none that ${what}, where only active connections are logged`, async () => {
        const server = await required({ logConnections: 'active' });
        await check(await Peer.connect(server.port));
        const peer = await Peer.connect(server.port);
        await peer.send(Buffer.concat([V1, frames('AAAA')]));
        await peer.read(8);
        peer.close();
        expect(await server.waitFor('client_close')).to.include({ conn: 2, reason: 'disconnect' });
        expect(server.events.every(({ conn }) => conn === 2)).to.equal(true);
      });
    }

    it('logs each as a connection where all are logged', async () => {
      const server = await required();
      (await Peer.connect(server.port)).close();
      expect(await server.waitFor('client_close')).to.include({ reason: 'disconnect', bytes_in: 0 });
      (await Peer.connect(server.port)).reset();
      expect(await server.waitFor('client_close', 2)).to.include({ reason: 'client_reset' });
      expect(server.all('client_connect')).to.have.length(2);
    });
  });

  it('serves a good client beside a thousand that say nothing, with one place', async () => {
    const server = await required({ concurrency: 1, timeout: 0 });
    const silent = await Promise.all(Array.from({ length: 1000 }, () => Peer.connect(server.port)));
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([V2, frames('AAAA')]));
    expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
    [...silent, peer].forEach((each) => each.close());
  });

  it('counts who has sent no header yet as a connection', async () => {
    const server = await required({ maxConnections: 2 });
    const silent = [await Peer.connect(server.port), await Peer.connect(server.port)];
    const third = await Peer.connect(server.port);
    await third.readToEnd();
    expect(await server.waitFor('client_drop')).to.include({ max_connections: 2 });
    silent.forEach((each) => each.close());
    await server.waitFor('client_close', 2);
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([V2, frames('AAAA')]));
    expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
    peer.close();
  });

  describe('when it stops', () => {
    it('answers what had come with its header', async () => {
      const server = await required({ concurrency: 1 });
      const holder = await Peer.connect(server.port);
      await holder.send(Buffer.concat([V2, frames('holds the place')]));
      await holder.read(19);
      const peer = await Peer.connect(server.port);
      await peer.send(Buffer.concat([V1, frames('AAAA')]));
      await server.waitFor('client_connect', 2);
      const stopped = server.stop();
      expect(await holder.readToEnd()).to.have.length(19);
      holder.halfClose();
      expect(await peer.readToEnd()).to.deep.equal(frames('AAAA'));
      peer.halfClose();
      expect(await stopped).to.deep.equal({ cut: 0 });
    });

    it('takes in the rest of a header, and what follows', async () => {
      const server = await required();
      const peer = await Peer.connect(server.port);
      await peer.send(V2.subarray(0, 10));
      const other = await Peer.connect(server.port);
      await other.send(Buffer.concat([V1, frames('AAAA')]));
      await other.read(8);
      const stopped = server.stop();
      await other.readToEnd(); // the server has begun to stop
      await peer.send(Buffer.concat([V2.subarray(10), frames('BBBB')]));
      expect(await peer.readToEnd()).to.deep.equal(frames('BBBB'));
      [peer, other].forEach((each) => each.halfClose());
      expect(await stopped).to.deep.equal({ cut: 0 });
    });

    it('does not wait long for a header that does not come', async () => {
      const server = await required({ timeout: 0, shutdownTimeout: 60 });
      const peer = await Peer.connect(server.port);
      const stopped = server.stop();
      await peer.readToEnd();
      expect(await stopped).to.deep.equal({ cut: 0 });
      expect(await server.waitFor('client_close')).to.include({ reason: 'shutdown', remote: addressOf(peer) });
    });
  });
});

describe('a server that requires no PROXY protocol header', () => {
  afterEach(stopServers);

  it('refuses one as a frame that is too large, and says what it is and what to do', async () => {
    const server = await TestServer.start();
    for (const header of [V1, V2]) {
      const peer = await Peer.connect(server.port);
      await peer.send(header);
      await peer.readToEnd();
      peer.close();
    }
    await server.waitFor('client_close', 2);
    for (const event of server.all('frame_oversize')) {
      expect(event).to.include({ looks_like: 'PROXY protocol' });
      expect(event.hint).to.contain('server.proxyProtocol');
    }
    expect(server.all('frame_oversize')).to.have.length(2);
    for (const event of server.events) expect(event).not.to.have.property('peer');
  });
});
