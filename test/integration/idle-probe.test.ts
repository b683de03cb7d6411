import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { startNginx } from '../support/nginx';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';
import { runTrustctl } from '../support/trustctl';

/** Seconds: the limit that each proxy is given; long beside the moments for which a busy machine holds a process up. */
const LIMIT = 3;

describe('idle-probe through a proxy', () => {
  afterEach(async () => {
    await stopProxies();
    await stopServers();
  });

  const haproxy = (clientTimeout: number, serverTimeout: number) => (port: number, target: number) =>
    Haproxy.forward(port, [target], { clientTimeout, serverTimeout });
  const proxies = {
    'HAProxy with timeout client': haproxy(LIMIT, 30),
    'HAProxy with timeout server': haproxy(30, LIMIT),
    'nginx with proxy_timeout': (port: number, target: number) =>
      startNginx(`server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${target}; proxy_timeout ${LIMIT}s; }`, [
        port,
      ]),
  };

  for (const [name, start] of Object.entries(proxies)) {
    it(`finds the limit of ${name}`, async () => {
      const server = await TestServer.start({ timeout: 60 });
      const port = await freePort();
      await start(port, server.port);
      const flags = ['--json', '--max', '20', '--precision', '1', '--keep-alive', '1'];
      const { code, stdout } = await runTrustctl(['idle-probe', `127.0.0.1:${port}`, ...flags]);
      const found = JSON.parse(stdout) as { cut_sec: number; [key: string]: unknown };
      expect(code).to.equal(0);
      expect(found.cut).to.deep.include({ when: 'resting' });
      expect(found.cut_sec).to.be.within(LIMIT * 0.9, LIMIT * 3);
      // TCP keep-alive is answered by the system and never reaches the proxy.
      expect(found.keep_alive).to.deep.equal({ sec: 1, prevents: false });
    });
  }
});
