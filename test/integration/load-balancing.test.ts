import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { startNginx } from '../support/nginx';
import { Peer, frames } from '../support/peer';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';

/** Connections that stay open at once. */
const HELD = 20;

describe('two servers behind a load balancer that counts connections', () => {
  const peers: Peer[] = [];

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    await stopProxies();
    await stopServers();
  });

  const balancers: Readonly<Record<string, (port: number, servers: readonly number[]) => Promise<unknown>>> = {
    'HAProxy, leastconn': (port, servers) =>
      Haproxy.forward(port, servers, { lines: ['balance leastconn', 'option redispatch 1'], server: 'send-proxy-v2' }),
    'nginx, least_conn': (port, servers) =>
      startNginx(
        `upstream echo {
  least_conn;
${servers.map((server) => `  server 127.0.0.1:${server};`).join('\n')}
}
server { listen 127.0.0.1:${port}; proxy_pass echo; proxy_protocol on; }`,
        [port],
      ),
  };

  /** A connection that has had its echo, and stays. */
  async function hold(port: number): Promise<void> {
    const peer = await Peer.connect(port);
    peers.push(peer);
    await peer.send(frames('AAAA'));
    expect(await peer.read(8)).to.deep.equal(frames('AAAA'));
  }

  for (const [name, start] of Object.entries(balancers)) {
    it(`each have half of the connections: ${name}`, async () => {
      const servers = [
        await TestServer.start({ proxyProtocol: 'require', timeout: 0 }),
        await TestServer.start({ proxyProtocol: 'require', timeout: 0 }),
      ];
      const port = await freePort();
      await start(
        port,
        servers.map((server) => server.port),
      );
      for (let i = 0; i < HELD; i++) await hold(port);
      expect(servers.map((server) => server.all('client_connect').length)).to.deep.equal([HELD / 2, HELD / 2]);
    });

    it(`are stood in for by one another, when one has stopped: ${name}`, async () => {
      const servers = [
        await TestServer.start({ proxyProtocol: 'require' }),
        await TestServer.start({ proxyProtocol: 'require' }),
      ];
      const port = await freePort();
      await start(
        port,
        servers.map((server) => server.port),
      );
      await servers[0]!.stop();
      for (let i = 0; i < HELD; i++) await hold(port);
      expect(servers.map((server) => server.all('client_connect').length)).to.deep.equal([0, HELD]);
    });
  }
});
