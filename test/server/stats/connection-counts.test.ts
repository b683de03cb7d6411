import { expect } from 'chai';
import { Peer, frames, manyFrames } from '../../support/peer';
import { until } from '../../support/until';
import { ConnectionCounts, type ConnectionProgress } from '../../../lib/server/stats/connection-counts';
import { createEchoServer } from '../../../lib/server/create-echo-server';

const open: ConnectionProgress = {
  state: 'serving',
  admission: 'accepted',
  fault: undefined,
  handshake: undefined,
  frames: 3,
  bytesIn: 30,
  bytesOut: 20,
};

describe('ConnectionCounts', () => {
  it('adds what the open connections have so far to what the closed ones had', () => {
    const list: { progress: ConnectionProgress }[] = [{ progress: open }];
    const counts = new ConnectionCounts(list);
    expect(counts.read().counters).to.include({ accepted: 1, frames: 3, bytesIn: 30, bytesOut: 20 });
    expect(counts.read().gauges.connections).to.include({ serving: 1, waiting: 0 });
    list.pop();
    counts.close({ progress: { ...open, state: 'closed', frames: 5 } });
    const { counters, gauges } = counts.read();
    expect(counters).to.include({ accepted: 1, frames: 5, bytesIn: 30 });
    expect(counters.closes).to.include({ disconnect: 1, recv_timeout: 0 });
    expect(gauges.connections.serving).to.equal(0);
  });

  it('counts a guard when it fires, and the close when the connection is closed', () => {
    const late: ConnectionProgress = { ...open, state: 'lingering', fault: 'frame_timeout' };
    const list = [{ progress: late }];
    const counts = new ConnectionCounts(list);
    expect(counts.read().counters.guardTimeouts).to.include({ frame_timeout: 1 });
    expect(counts.read().counters.closes.frame_timeout).to.equal(0);
    list.pop();
    counts.close({ progress: { ...late, state: 'closed' } });
    expect(counts.read().counters.guardTimeouts).to.include({ frame_timeout: 1 });
    expect(counts.read().counters.closes.frame_timeout).to.equal(1);
  });

  it('counts who was dropped, and neither accepts nor drops who left before that was decided', () => {
    const counts = new ConnectionCounts([]);
    counts.drop();
    counts.close({ progress: { ...open, state: 'closed', admission: 'dropped', frames: 0 } });
    counts.close({ progress: { ...open, state: 'closed', admission: undefined, frames: 0 } });
    const { counters } = counts.read();
    expect(counters).to.include({ accepted: 0, dropped: 2 });
    expect(counters.closes.disconnect).to.equal(0);
  });

  it('counts handshakes by their result', () => {
    const counts = new ConnectionCounts([]);
    const closed = (handshake: 'ok' | 'failed' | undefined) =>
      counts.close({ progress: { ...open, state: 'closed', handshake } });
    for (const result of ['ok', 'failed', undefined, 'failed'] as const) closed(result);
    expect(counts.read().counters.handshakes).to.deep.equal({ ok: 1, failed: 2 });
  });
});

describe('a server that is asked to count', () => {
  it('tells of each connection by state, what moved on it, and why it closed', async () => {
    const server = createEchoServer({ port: 0, concurrency: 1, maxConnections: 2, timeout: 0 });
    const counts = server.count();
    const { port } = await server.listen();
    const first = await Peer.connect(port);
    await first.send(frames('a', 'bb'));
    await first.read(11);
    const second = await Peer.connect(port);
    const third = await Peer.connect(port);
    await third.readToEnd();
    await until(() => counts.read().gauges.connections.waiting === 1);
    await until(() => counts.read().counters.bytesOut === 11);
    const { counters, gauges } = counts.read();
    expect(gauges.connections).to.deep.equal({
      arriving: 0,
      opening: 0,
      waiting: 1,
      serving: 1,
      finishing: 0,
      lingering: 0,
    });
    expect(counters).to.include({ accepted: 2, dropped: 1, frames: 2, bytesIn: 11, bytesOut: 11 });
    first.reset();
    await second.send(Buffer.from('ffffffff', 'hex'));
    await second.readToEnd();
    second.close();
    first.close();
    await server.stop();
    const after = counts.read();
    expect(after.counters.closes).to.include({ client_reset: 1, frame_oversize: 1, disconnect: 0 });
    expect(after.counters).to.include({ accepted: 2, dropped: 1, frames: 2, bytesIn: 15, bytesOut: 11 });
  });

  it('counts bytes out that never go down, when what was to be sent is lost', async () => {
    const server = createEchoServer({ port: 0, timeout: 0, maxPayload: 1 << 20 });
    const counts = server.count();
    const { port } = await server.listen();
    const peer = await Peer.connect(port, { paused: true });
    void peer.send(manyFrames(200, 65_536)).catch(() => undefined);
    let before = -1;
    await until(() => {
      const { bytesIn } = counts.read().counters;
      const isStuck = bytesIn > 0 && bytesIn === before;
      before = bytesIn;
      return isStuck;
    });
    const { bytesOut } = counts.read().counters;
    peer.reset();
    await until(() => counts.read().counters.closes.client_reset + counts.read().counters.closes.broken_pipe === 1);
    expect(counts.read().counters.bytesOut).to.be.at.least(bytesOut);
    await server.stop();
  });
});
