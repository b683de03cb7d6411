import { expect } from 'chai';
import { Peer, frames, manyFrames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';

describe('EchoServer: stop', () => {
  afterEach(stopServers);

  it('echoes what arrived whole, sends FIN and ends', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port);
    const wire = manyFrames(3000, 1000);
    peer.socket.once('data', () => undefined);
    await peer.send(wire);
    const stopped = server.stop();
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    peer.close();
    expect(await stopped).to.deep.equal({ cut: 0 });
    expect(server.all('client_close')).to.have.length(1);
  });

  it('echoes what had arrived while the client was not read from', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port, { paused: true });
    const wire = manyFrames(8000, 1000);
    const sent = peer.send(wire);
    await peer.stuck();
    const stopped = server.stop();
    peer.socket.resume();
    await sent;
    const got = await peer.readToEnd();
    expect(peer.ended).to.equal('fin');
    expect(got.equals(wire.subarray(0, got.length))).to.equal(true);
    expect(got.length % 1004).to.equal(0);
    expect(got.length).to.be.greaterThan(1_000_000);
    peer.close();
    expect(await stopped).to.deep.equal({ cut: 0 });
  });

  it('does not wait for an idle client that never closes', async () => {
    const server = await TestServer.start({ timeout: 0.3 });
    const peer = await Peer.connect(server.port);
    await peer.send(frames('x'));
    await peer.read(5);
    expect(await server.stop()).to.deep.equal({ cut: 0 });
    expect(peer.ended).to.equal('fin');
    expect(server.all('client_close')).to.have.length(1);
    peer.close();
  });

  it('cuts off at the deadline a client that never reads', async () => {
    const server = await TestServer.start({ timeout: 60, shutdownTimeout: 0.3 });
    const peer = await Peer.connect(server.port, { paused: true });
    void peer.send(manyFrames(1200, 65_536));
    await peer.stuck();
    expect(await server.stop()).to.deep.equal({ cut: 1 });
    expect(await server.waitFor('shutdown')).to.include({ timeout_sec: 0.3 });
    expect(await server.waitFor('client_close')).to.include({ reason: 'shutdown' });
    peer.close();
  });

  it('serves the waiting what they sent before the stop, and closes each once', async () => {
    const server = await TestServer.start({ concurrency: 1 });
    const holder = await Peer.connect(server.port);
    await server.waitFor('client_connect');
    const waiting = [await Peer.connect(server.port), await Peer.connect(server.port)];
    await server.waitFor('client_connect', 3);
    for (const peer of waiting) await peer.send(frames('waited'));
    const stopped = server.stop();
    holder.readToEnd().then(
      () => holder.close(),
      () => undefined,
    );
    for (const peer of waiting) {
      expect(await peer.readToEnd()).to.deep.equal(frames('waited'));
      expect(peer.ended).to.equal('fin');
      peer.close();
    }
    expect(await stopped).to.deep.equal({ cut: 0 });
    expect(server.all('client_close').map(({ conn }) => conn)).to.have.members([1, 2, 3]);
  });

  it('closes each client once, also those that still waited at the deadline', async () => {
    const server = await TestServer.start({ concurrency: 1, shutdownTimeout: 0.2, timeout: 60 });
    const holder = await Peer.connect(server.port, { paused: true });
    void holder.send(manyFrames(1200, 65_536));
    await holder.stuck();
    const waiting = [await Peer.connect(server.port), await Peer.connect(server.port)];
    await server.waitFor('client_connect', 3);
    expect(await server.stop()).to.deep.equal({ cut: 3 });
    expect(server.all('client_close').map(({ conn, reason }) => [conn, reason])).to.have.deep.members([
      [1, 'shutdown'],
      [2, 'shutdown'],
      [3, 'shutdown'],
    ]);
    [holder, ...waiting].forEach((peer) => peer.close());
  });

  it('listens again at once on the port it had, with connections in TIME_WAIT', async () => {
    const server = await TestServer.start();
    const { port } = server;
    const peers = await Promise.all(Array.from({ length: 5 }, () => Peer.connect(port)));
    const stopped = server.stop();
    await Promise.all(peers.map((peer) => peer.readToEnd()));
    peers.forEach((peer) => peer.halfClose());
    await stopped;
    const again = await TestServer.start({ port });
    const peer = await Peer.connect(port);
    await peer.send(frames('again'));
    expect(await peer.read(9)).to.deep.equal(frames('again'));
    peer.close();
    expect(again.port).to.equal(port);
  });
});
