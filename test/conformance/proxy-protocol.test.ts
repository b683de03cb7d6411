import { expect } from 'chai';
import { ServerProcess, runTrustctl } from '../support/trustctl';

describe('trustctl echo-check behind a PROXY protocol header', function () {
  this.timeout(60_000);

  for (const version of ['v1', 'v2']) {
    it(`passes every case with --send-proxy ${version} against a server that requires one`, async () => {
      const server = await ServerProcess.start([
        '--proxy-protocol',
        'require',
        '--timeout',
        '3',
        '--frame-timeout',
        '6.4',
      ]);
      const promises = ['--server-timeout', '3', '--server-frame-timeout', '6.4', '--max-payload', '65536'];
      const target = ['--port', String(server.port), '--server-pid', String(server.pid)];
      const { code, stdout } = await runTrustctl(['echo-check', ...target, ...promises, '--send-proxy', version]);
      expect(stdout).to.match(/ passed, 0 failed, 1 skipped in /); // a restart is nothing that it can ask for
      expect(code).to.equal(0);
      expect(await server.stop()).to.equal(0);
      // The system has no address for a peer that reset its connection before it was accepted; its header has.
      const named = server.all('client_close').filter(({ peer }) => peer !== 'gone');
      expect(named.length).to.be.greaterThan(50);
      for (const { remote, peer } of named) expect(remote).to.equal(peer);
    });
  }

  it('fails without one', async () => {
    const server = await ServerProcess.start(['--proxy-protocol', 'require']);
    const { code } = await runTrustctl(['echo-check', '--port', String(server.port), 'framing/2.1']);
    expect(code).to.equal(1);
    await server.stop();
    expect(server.all('proxy_refused')[0]).to.include({ looks_like: 'length-prefixed frame' });
  });
});
