import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { frameHeader } from '../../lib/framing/header';
import { Peer, frames, manyFrames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';

/** More than all socket buffers between two ends on one machine hold. */
const MORE_THAN_THE_KERNEL_HOLDS = manyFrames(1200, 65_536);

describe('EchoServer: guards', () => {
  afterEach(stopServers);

  it('closes a silent client with FIN after the timeout, and says so', async () => {
    const server = await TestServer.start({ timeout: 0.2 });
    const peer = await Peer.connect(server.port);
    expect(await peer.readToEnd()).to.have.length(0);
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('recv_timeout')).to.include({ errno: 11, code: 'EAGAIN', timeout_sec: 0.2, conn: 1 });
    const { reason, duration_ms } = await server.waitFor('client_close');
    expect(reason).to.equal('recv_timeout');
    expect(duration_ms).to.be.at.least(200);
    peer.close();
  });

  it('closes a client that sent half a header, and lives', async () => {
    const server = await TestServer.start({ timeout: 0.2 });
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.from([0, 0]));
    await peer.readToEnd();
    expect(await server.waitFor('client_close')).to.include({ reason: 'recv_timeout', bytes_in: 2, frames: 0 });
    peer.close();
  });

  it('ends a trickle with frame_timeout, after echoing what was whole', async () => {
    const server = await TestServer.start({ timeout: 5, frameTimeout: 0.3 });
    const peer = await Peer.connect(server.port);
    await peer.send(frames('whole'));
    await peer.send(frameHeader(60_000));
    const trickle = setInterval(() => void peer.send('x'), 20);
    const got = await peer.readToEnd();
    clearInterval(trickle);
    expect(got).to.deep.equal(frames('whole'));
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('frame_timeout')).to.include({ errno: 11, timeout_sec: 0.3 });
    peer.close();
    expect(await server.waitFor('client_close')).to.include({ reason: 'frame_timeout' });
  });

  it('does not end a client whose frames each take less than the frame timeout', async () => {
    const server = await TestServer.start({ timeout: 5, frameTimeout: 1 });
    const peer = await Peer.connect(server.port);
    const wire = frames('ab');
    // Always in the middle of a frame when looked at, for longer than the limit.
    await peer.send(wire.subarray(0, 3));
    const started = performance.now();
    let count = 0;
    while (performance.now() - started < 1500) {
      await peer.send(Buffer.concat([wire.subarray(3), wire.subarray(0, 3)]));
      count += 1;
      await peer.read(count * wire.length);
      await delay(5); // the pace of a client: time itself is what is tested
    }
    expect(server.all('frame_timeout')).to.have.length(0);
    peer.close();
  });

  it('cuts a client that pumps and reads nothing, with send_timeout', async () => {
    const server = await TestServer.start({ timeout: 0.4 });
    const peer = await Peer.connect(server.port, { paused: true });
    void peer.send(MORE_THAN_THE_KERNEL_HOLDS);
    expect(await server.waitFor('send_timeout')).to.include({ errno: 11, code: 'EAGAIN', timeout_sec: 0.4 });
    expect(await server.waitFor('client_close')).to.include({ reason: 'send_timeout' });
    peer.close();
  });

  it('never cuts a client that reads slowly but keeps reading, while megabytes wait for it', async () => {
    const server = await TestServer.start({ timeout: 0.5 });
    const peer = await Peer.connect(server.port, { paused: true });
    peer.socket.on('error', () => undefined);
    void peer.send(MORE_THAN_THE_KERNEL_HOLDS);
    // At this rate for four times the limit: far less than what a full send buffer frees at a time.
    await peer.readSteadily(4_000_000, 2_000_000);
    expect(server.all('send_timeout')).to.deep.equal([]);
    expect(server.all('client_close')).to.deep.equal([]);
    peer.close();
  });

  it('keeps no guard where the timeouts are off', async () => {
    const server = await TestServer.start({ timeout: 0, frameTimeout: 0 });
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.from([0, 0]));
    // For as long as it takes others to be cut off.
    for (const limits of [{ timeout: 0.2 }, { timeout: 0, frameTimeout: 0.2 }]) {
      const guarded = await TestServer.start(limits);
      const other = await Peer.connect(guarded.port);
      await other.send(Buffer.from([0, 0]));
      await other.readToEnd();
      other.close();
    }
    await peer.send(Buffer.from([0, 1, 7]));
    expect(await peer.read(5)).to.deep.equal(Buffer.from([0, 0, 0, 1, 7]));
    peer.close();
  });
});
