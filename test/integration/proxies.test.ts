import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy, haproxyComplaints } from '../support/haproxy';
import { nginxComplaints, startNginx } from '../support/nginx';
import { Peer, frames } from '../support/peer';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';

describe('a server behind a proxy', () => {
  afterEach(async () => {
    await stopProxies();
    await stopServers();
  });

  const proxies = {
    HAProxy: (port: number, server: number) => Haproxy.forward(port, [server]),
    nginx: (port: number, server: number) =>
      startNginx(`server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${server}; }`, [port]),
  };

  for (const [name, start] of Object.entries(proxies)) {
    it(`echoes through ${name}`, async () => {
      const server = await TestServer.start();
      const port = await freePort();
      await start(port, server.port);

      const peer = await Peer.connect(port);
      await peer.send(frames('AAAA', 'BBBB'));
      expect(await peer.read(16)).to.deep.equal(frames('AAAA', 'BBBB'));
      peer.close();
      expect(await server.waitFor('client_close')).to.include({ frames: 2 });
    });
  }

  it('is told of the servers by HAProxy', async () => {
    const server = await TestServer.start();
    const port = await freePort();
    const haproxy = await Haproxy.forward(port, [server.port]);
    const peer = await Peer.connect(port);
    await peer.send(frames('AAAA'));
    await peer.read(8);
    expect(await haproxy.servers()).to.deep.equal([
      { name: 'echo/s1', status: 'no check', check: '', current: 1, most: 1, total: 1 },
    ]);
    peer.close();
  });

  it('says what is wrong with a configuration', () => {
    expect(haproxyComplaints('listen x\n  nonsense yes\n')).to.contain("unknown keyword 'nonsense'");
    expect(nginxComplaints('nonsense yes;')).to.contain('unknown directive "nonsense"');
  });
});
