import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { startNginx } from '../support/nginx';
import { Peer, frames } from '../support/peer';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';
import { until } from '../support/until';

/** A HAProxy in front of one server: what its `bind` and its `server` line add. */
async function haproxyTo(target: { readonly port: number }, server: string, bind = ''): Promise<Listening> {
  const port = await freePort();
  const lines = ['unique-id-format %{+X}o\\ %ci:%cp'];
  return { port, proxy: await Haproxy.forward(port, [target.port], { server, bind, lines }) };
}

interface Listening {
  readonly port: number;
  readonly proxy: Haproxy;
}

const addressOf = ({ socket }: Peer): string => `127.0.0.1:${socket.localPort}`;

/** Sends frames on a connection to `port`; they come back, and the server has named that connection by its own end. */
async function echoesAndNames(server: TestServer, port: number): Promise<void> {
  const peer = await Peer.connect(port);
  const address = addressOf(peer);
  await peer.send(frames('AAAA', 'BBBB'));
  expect(await peer.read(16)).to.deep.equal(frames('AAAA', 'BBBB'));
  peer.halfClose();
  await peer.readToEnd();
  await until(() => server.events.some(({ event, remote }) => event === 'client_close' && remote === address));
  const own = server.events.filter(({ remote }) => remote === address);
  expect(own.map(({ event }) => event)).to.deep.equal(['client_connect', 'client_disconnect', 'client_close']);
  for (const event of own)
    expect(event.peer)
      .to.match(/^127\.0\.0\.1:\d+$/)
      .and.not.equal(address);
  expect(own.at(-1)).to.include({ frames: 2, bytes_in: 16, bytes_out: 16 });
}

/** Our own client's header names it, through the proxy on `port`. */
async function namesWhomOurHeaderNames(server: TestServer, port: number, sendProxy: 'v1' | 'v2'): Promise<void> {
  await using client = await FrameClient.connect({ port, sendProxy });
  expect((await client.request('AAAA')).toString()).to.equal('AAAA');
  const { remote, peer } = await server.waitFor('client_connect');
  expect(remote)
    .to.match(/^127\.0\.0\.1:\d+$/)
    .and.not.equal(peer);
}

/** A client behind a proxy of its own, in front of the proxy on `port`. */
async function namesWhomTheHeaderNames(server: TestServer, port: number): Promise<void> {
  const peer = await Peer.connect(port);
  await peer.send(Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 56324 9900\r\n'), frames('AAAA')]));
  expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
  expect(await server.waitFor('client_connect')).to.include({ remote: '192.0.2.1:56324' });
  peer.close();
}

/** An nginx that takes headers and sends one. */
const realIp = (port: number, server: number): string => `server {
  listen 127.0.0.1:${port} proxy_protocol;
  set_real_ip_from 127.0.0.0/8;
  proxy_pass 127.0.0.1:${server};
  proxy_protocol on;
}`;

describe('the PROXY protocol, with HAProxy and nginx', () => {
  afterEach(async () => {
    await stopProxies();
    await stopServers();
  });

  const required = (options = {}) => TestServer.start({ proxyProtocol: 'require', ...options });

  describe('HAProxy sends it', () => {
    for (const sent of [
      'send-proxy',
      'send-proxy-v2',
      'send-proxy-v2 proxy-v2-options crc32c',
      'send-proxy-v2 proxy-v2-options unique-id',
      'send-proxy-v2 proxy-v2-options crc32c,unique-id,ssl,cert-cn,authority',
    ]) {
      it(sent, async () => {
        const server = await required({ trustedProxies: ['127.0.0.1'] });
        const { port } = await haproxyTo(server, sent);
        await echoesAndNames(server, port);
        expect(server.all('proxy_refused')).to.deep.equal([]);
      });
    }

    it('over IPv6', async () => {
      const server = await required();
      const port = await freePort();
      await Haproxy.forward(port, [server.port], { host: '[::1]', server: 'send-proxy-v2' });
      const peer = await Peer.connect(port, { host: '::1' });
      await peer.send(frames('AAAA'));
      await peer.read(8);
      expect(await server.waitFor('client_connect')).to.include({ remote: `[::1]:${peer.socket.localPort}` });
      peer.close();
    });

    for (const sent of ['send-proxy', 'send-proxy-v2']) {
      it(`checks with check-send-proxy, and is logged as no client: ${sent}`, async () => {
        const server = await required({ logConnections: 'active' });
        const { port, proxy } = await haproxyTo(server, `${sent} check check-send-proxy inter 20ms`);
        await until(async () => (await proxy.servers()).some(({ check }) => check === 'L4OK'));
        await echoesAndNames(server, port);
        // One check may be late on a busy machine; the next is not.
        await until(async () => (await proxy.servers()).some((each) => each.status === 'UP' && each.check === 'L4OK'));
        expect(server.all('client_connect')).to.have.length(1);
        expect(server.all('proxy_refused')).to.deep.equal([]);
      });
    }

    it('checks by a connect alone, and is logged as no client', async () => {
      const server = await required({ logConnections: 'active' });
      // With an address of its own for checks HAProxy sends no header with them.
      const { port, proxy } = await haproxyTo(server, `send-proxy check addr 127.0.0.1 port ${server.port} inter 20ms`);
      await until(async () => (await proxy.servers()).some(({ check }) => check === 'L4OK'));
      await echoesAndNames(server, port);
      expect(server.events.map(({ event }) => event)).to.deep.equal([
        'client_connect',
        'client_disconnect',
        'client_close',
      ]);
    });

    it('to a server that trusts another proxy: it is refused, and told', async () => {
      const server = await required({ trustedProxies: ['192.0.2.0/24'] });
      const { port } = await haproxyTo(server, 'send-proxy-v2');
      const peer = await Peer.connect(port);
      await peer.send(frames('AAAA'));
      expect(await peer.readToEnd()).to.have.length(0);
      expect(await server.waitFor('proxy_refused')).to.include({ code: 'ERR_PROXY_NOT_TRUSTED' });
    });

    it('to a server that wants none: it is refused with what to do', async () => {
      const server = await TestServer.start();
      const { port } = await haproxyTo(server, 'send-proxy');
      const peer = await Peer.connect(port);
      await peer.send(frames('AAAA'));
      await peer.readToEnd();
      expect(await server.waitFor('frame_oversize')).to.include({
        looks_like: 'PROXY protocol',
        hint: 'set server.proxyProtocol to require, or turn it off in the proxy',
      });
    });

    it('not, where a server requires it: frames are refused as what they are', async () => {
      const server = await required();
      const { port } = await haproxyTo(server, '');
      const peer = await Peer.connect(port);
      await peer.send(frames('AAAA'));
      expect(await peer.readToEnd()).to.have.length(0);
      expect(await server.waitFor('proxy_refused')).to.include({ looks_like: 'length-prefixed frame' });
    });
  });

  describe('HAProxy takes ours', () => {
    for (const sendProxy of ['v1', 'v2'] as const) {
      it(`${sendProxy}, and passes on the address that it names`, async () => {
        const server = await required();
        const { port } = await haproxyTo(server, 'send-proxy-v2', 'accept-proxy');
        await namesWhomOurHeaderNames(server, port, sendProxy);
      });
    }

    it('of whomever a header names', async () => {
      const server = await required();
      const { port } = await haproxyTo(server, 'send-proxy-v2', 'accept-proxy');
      await namesWhomTheHeaderNames(server, port);
    });

    it('not without one', async () => {
      const server = await required();
      const { port } = await haproxyTo(server, 'send-proxy-v2', 'accept-proxy');
      const peer = await Peer.connect(port);
      await peer.send(frames('AAAA'));
      expect(await peer.readToEnd()).to.have.length(0);
      expect(server.all('client_connect')).to.deep.equal([]);
    });
  });

  describe('nginx', () => {
    it('sends version 1', async () => {
      const server = await required();
      const port = await freePort();
      const nginx = `server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${server.port}; proxy_protocol on; }`;
      await startNginx(nginx, [port]);
      await echoesAndNames(server, port);
    });

    for (const sendProxy of ['v1', 'v2'] as const) {
      it(`takes ours, ${sendProxy}, and passes on the address that it names`, async () => {
        const server = await required();
        const port = await freePort();
        await startNginx(realIp(port, server.port), [port]);
        await namesWhomOurHeaderNames(server, port, sendProxy);
      });
    }

    it('takes that of whomever a header names', async () => {
      const server = await required();
      const port = await freePort();
      await startNginx(realIp(port, server.port), [port]);
      await namesWhomTheHeaderNames(server, port);
    });

    it('after HAProxy: the client is named through both', async () => {
      const server = await required();
      const port = await freePort();
      await startNginx(realIp(port, server.port), [port]);
      const { port: entry } = await haproxyTo({ port }, 'send-proxy-v2 proxy-v2-options crc32c');
      await echoesAndNames(server, entry);
    });
  });
});
