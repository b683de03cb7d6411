import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Haproxy } from '../support/haproxy';
import { Ping } from '../support/ping';
import { stopProxies } from '../support/proxy-process';
import { TestServer, stopServers } from '../support/server';
import { until } from '../support/until';

describe('echo-ping through a HAProxy that is restarted', () => {
  afterEach(async () => {
    await stopProxies();
    await stopServers();
  });

  it('tells one outage, by failed connects, and goes on', async () => {
    const server = await TestServer.start();
    const port = await freePort();
    const start = (): Promise<Haproxy> => Haproxy.forward(port, [server.port]);
    const haproxy = await start();
    const ping = new Ping(['--port', String(port), '--interval', '20ms']);
    await until(() => ping.all('reply').length >= 2);
    await haproxy.stop();
    await until(() => ping.all('lost').some(({ cause }) => cause === 'no_connection'));
    await start();
    await until(() => ping.lines.at(-1)!.type === 'reply');
    const { code, summary } = await ping.stop();
    expect(code).to.equal(0);
    expect(summary.outages).to.deep.include({ count: 1 });
    expect((summary.lost as Record<string, number>).no_connection).to.be.at.least(1);
    expect((summary.lost as Record<string, number>).wrong_echo).to.equal(0);
  });
});
