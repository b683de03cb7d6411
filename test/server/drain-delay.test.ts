import { expect } from 'chai';
import { Peer, frames, manyFrames } from '../support/peer';
import { type LogEvent, ServerProcess } from '../support/trustctl';

describe('server.drainDelay', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];
  const connect = async (paused = false): Promise<Peer> => {
    const peer = await Peer.connect(server.port, { paused });
    peers.push(peer);
    return peer;
  };
  const echo = async (peer: Peer): Promise<void> => {
    const before = peer.received.length;
    await peer.send(frames('still here'));
    await peer.read(before + 14);
  };
  const timeOf = ({ ts }: LogEvent): number => Date.parse(ts);

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    await server.stop('SIGKILL');
  });

  for (const workers of [1, 2]) {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
    ] as const) {
      it(`puts off the end by that long after ${signal} (workers: ${workers})`, async () => {
        server = await ServerProcess.start(['--drain-delay', '0.3', '--workers', String(workers)]);
        const peer = await connect();
        await echo(peer);
        server.child.kill(signal);
        const draining = await server.waitFor('server_draining');
        expect(draining).to.include({ drain_delay_sec: 0.3 });
        await peer.readToEnd();
        expect(peer.ended).to.equal('fin');
        peer.close();
        expect((await server.exited).code).to.equal(code);
        expect(timeOf(server.all('cmd_finish')[0]!) - timeOf(draining)).to.be.at.least(295);
        expect(server.all('signal_received').map(({ action }) => action)).to.deep.equal(['drain']);
      });
    }

    it(`accepts and serves meanwhile, and ends at once on a second signal (workers: ${workers})`, async () => {
      server = await ServerProcess.start(['--drain-delay', '3600', '--workers', String(workers)]);
      const old = await connect();
      await echo(old);
      server.child.kill('SIGTERM');
      await server.waitFor('server_draining');
      await echo(old);
      await echo(await connect());
      await server.waitFor('client_connect', () => server.all('client_connect').length === 2);
      server.child.kill('SIGTERM');
      expect((await server.exited).code).to.equal(75);
      expect(server.all('client_close').map(({ reason }) => reason)).to.deep.equal(['shutdown', 'shutdown']);
    });
  }

  it('comes before the time that a stop waits for clients', async () => {
    server = await ServerProcess.start(['--drain-delay', '0.5', '--shutdown-timeout', '0.5', '--timeout', '60']);
    const peer = await connect(true);
    void peer.send(manyFrames(1200, 65_536)).catch(() => undefined);
    await peer.stuck();
    server.child.kill('SIGTERM');
    expect((await server.exited).code).to.equal(75);
    const cut = server.all('shutdown')[0]!;
    expect(timeOf(cut) - timeOf(server.all('server_draining')[0]!)).to.be.at.least(990);
  });
});
