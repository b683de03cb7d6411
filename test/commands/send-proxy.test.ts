import { expect } from 'chai';
import { FrameClient } from '../../lib/client/frame-client';
import { TestServer, stopServers } from '../support/server';
import { parseOutput } from '../support/report-schema';
import { ServerProcess, runTrustctl } from '../support/trustctl';

describe('clients that send a PROXY protocol header', () => {
  afterEach(stopServers);

  const target = ({ port }: { readonly port: number }): string[] => ['--port', String(port)];

  for (const sendProxy of ['v1', 'v2'] as const) {
    it(`FrameClient names its own address: ${sendProxy}`, async () => {
      const server = await TestServer.start({ proxyProtocol: 'require' });
      await using client = await FrameClient.connect({ port: server.port, sendProxy });
      expect((await client.request('AAAA')).toString()).to.equal('AAAA');
      const { remote, peer } = await server.waitFor('client_connect');
      expect(remote).to.equal(peer);
    });

    it(`echo-client: ${sendProxy}`, async () => {
      const server = await TestServer.start({ proxyProtocol: 'require' });
      const { code, stdout } = await runTrustctl(['echo-client', ...target(server), '--send-proxy', sendProxy, 'AAAA']);
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'AAAA\n' });
    });

    it(`echo-load-test: ${sendProxy}`, async () => {
      const server = await TestServer.start({ proxyProtocol: 'require' });
      const args = ['--clients', '5', '--send-proxy', sendProxy, '--json'];
      const { code, stdout } = await runTrustctl(['echo-load-test', ...target(server), ...args]);
      expect(code).to.equal(0);
      const { messages, settings } = parseOutput(stdout);
      expect(messages).to.deep.equal({ sent: 50, ok: 50, failed: 0 });
      expect(settings.send_proxy).to.equal(sendProxy);
    });
  }

  it('over IPv6', async () => {
    const server = await TestServer.start({ host: '::1', proxyProtocol: 'require' });
    await using client = await FrameClient.connect({ host: '::1', port: server.port, sendProxy: 'v2' });
    await client.request('AAAA');
    const { remote, peer } = await server.waitFor('client_connect');
    expect(remote)
      .to.match(/^\[::1\]:\d+$/)
      .and.to.equal(peer);
  });

  it('are told what may be wrong where the server wants none, and where it wants one that is not sent', async () => {
    const [plain, required] = [await TestServer.start(), await TestServer.start({ proxyProtocol: 'require' })];
    const unwanted = await runTrustctl(['echo-client', ...target(plain), '--send-proxy', 'v1', 'AAAA']);
    expect(unwanted.stderr).to.contain('does it expect a PROXY protocol header, as --send-proxy v1 sends?');
    expect(unwanted.code).to.equal(76);
    const missing = await runTrustctl(['echo-client', ...target(required), 'AAAA']);
    expect(missing.stderr).to.contain('--send-proxy');
    expect(missing.code).to.equal(76);
  });

  it('are served by several worker processes as by one', async () => {
    const server = await ServerProcess.start(
      ['--workers', '2', '--proxy-protocol', 'require', '--trusted-proxies', '127.0.0.0/8'],
      {},
    );
    const args = ['--clients', '20', '--concurrency', '10', '--send-proxy', 'v2'];
    const { code, stdout } = await runTrustctl(['echo-load-test', ...target(server), ...args]);
    expect(stdout).to.contain('with a PROXY protocol header, v2').and.contain('200 messages, 200 ok, 0 failed');
    expect(code).to.equal(0);
    for (const { remote, peer } of server.all('client_connect')) expect(remote).to.be.a('string').and.equal(peer);
    expect(await server.stop()).to.equal(0);
    expect(server.all('client_close')).to.have.length(20);
  });
});
