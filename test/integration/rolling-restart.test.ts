import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { stopProxies } from '../support/proxy-process';
import { ServerProcess, runTrustctl } from '../support/trustctl';
import { until } from '../support/until';

/** Longer than HAProxy below takes to notice that a server is not ready, by far. */
const DRAIN_DELAY = '3';

interface Ports {
  readonly echo: number;
  readonly admin: number;
}

/** Neither retries nor redispatch: a connection that a server refuses is lost, and the client sees it. */
const config = (port: number, [first, second]: readonly [Ports, Ports]): string => `defaults
  mode tcp
  retries 0
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 5s
listen echo
  bind 127.0.0.1:${port}
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 200ms fall 2 rise 1
  server s1 127.0.0.1:${first.echo} port ${first.admin}
  server s2 127.0.0.1:${second.echo} port ${second.admin}`;

describe('a rolling restart of two servers behind HAProxy', () => {
  const servers = new Set<ServerProcess>();

  afterEach(async () => {
    await stopProxies();
    await Promise.all([...servers].map((server) => server.stop('SIGKILL')));
    servers.clear();
  });

  async function start({ echo, admin }: Ports, workers: number): Promise<ServerProcess> {
    const flags = ['--port', echo, '--admin-port', admin, '--drain-delay', DRAIN_DELAY, '--workers', workers];
    const server = await ServerProcess.start(flags.map(String));
    servers.add(server);
    return server;
  }

  for (const workers of [1, 2]) {
    it(`fails no message of clients that come and go meanwhile (workers: ${workers})`, async () => {
      const ports = [
        { echo: await freePort(), admin: await freePort() },
        { echo: await freePort(), admin: await freePort() },
      ] as const;
      const port = await freePort();
      const old = await Promise.all(ports.map((each) => start(each, workers)));
      const haproxy = await Haproxy.start(config(port, ports), [port]);
      const isUp = (name: string) => async (): Promise<boolean> =>
        (await haproxy.servers()).some((each) => each.name === name && each.status === 'UP' && each.check === 'L7OK');
      await until(isUp('echo/s1'));
      await until(isUp('echo/s2'));

      let isOver = false;
      const load = async (): Promise<void> => {
        const size = ['--clients', '400', '--messages', '3', '--concurrency', '4'];
        for (let isLast = false; !isLast;) {
          isLast = isOver; // one batch goes to the new servers
          const { stdout } = await runTrustctl(['echo-load-test', '--json', '--port', String(port), ...size]);
          const { messages, errors } = JSON.parse(stdout) as { messages: { ok: number }; errors: unknown[] };
          expect({ ok: messages.ok, errors }).to.deep.equal({ ok: 1200, errors: [] });
        }
      };
      const restart = async (): Promise<void> => {
        for (const [index, server] of old.entries()) {
          const before = server.all('client_connect').length;
          await server.waitFor('client_connect', () => server.all('client_connect').length > before); // under load
          expect(await server.stop()).to.equal(0);
          const name = `echo/s${index + 1}`;
          expect((await haproxy.servers()).find((each) => each.name === name)).to.include({ status: 'DOWN' });
          await start(ports[index]!, workers);
          await until(isUp(name));
        }
      };
      const restarting = restart().finally(() => (isOver = true));
      await Promise.all([load(), load(), restarting]);
      for (const server of servers) expect(server.all('client_connect')).to.have.length.of.at.least(1);
    });
  }
});
