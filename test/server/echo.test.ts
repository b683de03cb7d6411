import { expect } from 'chai';
import { frameHeader } from '../../lib/framing/header';
import { Peer, frames, manyFrames } from '../support/peer';
import { TestServer, stopServers } from '../support/server';

describe('EchoServer: echo', () => {
  afterEach(stopServers);

  it('echoes each frame whole, in order, header included', async () => {
    const { port } = await TestServer.start();
    const peer = await Peer.connect(port);
    const wire = frames('one', '', 'three', Buffer.from([0, 255, 10, 0]));
    await peer.send(wire);
    expect(await peer.read(wire.length)).to.deep.equal(wire);
    peer.close();
  });

  it('answers frames that come byte by byte', async () => {
    const { port } = await TestServer.start();
    const peer = await Peer.connect(port);
    const wire = frames('slow', '', 'but whole');
    for (const byte of wire) await peer.send(Buffer.from([byte]));
    expect(await peer.read(wire.length)).to.deep.equal(wire);
    peer.close();
  });

  it('echoes a payload of exactly the limit', async () => {
    const { port } = await TestServer.start({ maxPayload: 1000 });
    const peer = await Peer.connect(port);
    const wire = frames(Buffer.alloc(1000, 7));
    await peer.send(wire);
    expect(await peer.read(wire.length)).to.deep.equal(wire);
    peer.close();
  });

  it('does not mix two clients', async () => {
    const { port } = await TestServer.start();
    const peers = await Promise.all([Peer.connect(port), Peer.connect(port)]);
    const wires = [manyFrames(300, 100), manyFrames(300, 101)];
    await Promise.all(peers.map((peer, i) => peer.send(wires[i]!)));
    const got = await Promise.all(peers.map((peer, i) => peer.read(wires[i]!.length)));
    expect(got[0]!.equals(wires[0]!)).to.equal(true);
    expect(got[1]!.equals(wires[1]!)).to.equal(true);
    peers.forEach((peer) => peer.close());
  });

  it('echoes raw bytes as they come with framing off', async () => {
    const server = await TestServer.start({ framing: 'raw' });
    const peer = await Peer.connect(server.port);
    await peer.send('no frame');
    expect((await peer.read(8)).toString()).to.equal('no frame');
    peer.halfClose();
    expect((await peer.readToEnd()).toString()).to.equal('no frame');
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('client_close')).to.include({ reason: 'disconnect', bytes_in: 8, bytes_out: 8 });
  });

  it('logs one event a frame at debug level, and counts what passed', async () => {
    const server = await TestServer.start({}, true);
    const peer = await Peer.connect(server.port);
    await peer.send(frames('a', 'bc'));
    await peer.read(11);
    peer.halfClose();
    expect(await server.waitFor('client_close')).to.include({ conn: 1, frames: 2, bytes_in: 11, bytes_out: 11 });
    expect(server.events.map(({ event, payload_len }) => [event, payload_len])).to.deep.equal([
      ['client_connect', undefined],
      ['frame_recv', 1],
      ['frame_recv', 2],
      ['frame_send', 1],
      ['frame_send', 2],
      ['client_disconnect', undefined],
      ['client_close', undefined],
    ]);
    expect(server.events[0]!.remote).to.equal(`127.0.0.1:${peer.socket.localPort}`);
    expect(server.events[0]!.client_fd).to.be.greaterThan(2);
  });

  it('listens on IPv6', async function () {
    const server = await TestServer.start({ host: '::1' });
    const peer = await Peer.connect(server.port, { host: '::1' });
    await peer.send(frames('six'));
    expect(await peer.read(7)).to.deep.equal(frames('six'));
    expect(server.events[0]!.remote).to.equal(`[::1]:${peer.socket.localPort}`);
    peer.close();
  });
});

describe('EchoServer: half-close and refusal', () => {
  afterEach(stopServers);

  it('returns all of 5,000 frames to a client that half-closes and only then reads', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port, { paused: true });
    const wire = manyFrames(5000, 1000);
    const sent = peer.send(wire);
    peer.halfClose();
    peer.socket.resume();
    await sent;
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('client_close')).to.include({ reason: 'disconnect', frames: 5000 });
  });

  it('echoes the good frames before a refused header, and closes with FIN, with 100 KB of garbage behind it', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port);
    const good = manyFrames(10, 64);
    await peer.send(Buffer.concat([good, frameHeader(65_537), Buffer.alloc(100_000, 0xee)]));
    expect((await peer.readToEnd()).equals(good)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('frame_oversize')).to.include({ announced: 65_537, max_payload: 65_536 });
    peer.close();
    expect(await server.waitFor('client_close')).to.include({ reason: 'frame_oversize', frames: 10 });
  });

  it('returns all good frames before a refusal to a client that reads late', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port, { paused: true });
    const good = manyFrames(2000, 1000);
    const sent = peer.send(Buffer.concat([good, frameHeader(0xffffffff), Buffer.alloc(100_000, 0xee)]));
    await Promise.race([server.waitFor('frame_oversize'), sent]);
    peer.socket.resume();
    expect((await peer.readToEnd()).equals(good)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    peer.close();
    await server.waitFor('client_close');
  });

  it('ends a lingering read by itself when the refused client never closes', async () => {
    const server = await TestServer.start({ timeout: 0.2 });
    const peer = await Peer.connect(server.port);
    await peer.send(frameHeader(65_537));
    await peer.readToEnd();
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('client_close')).to.include({ reason: 'frame_oversize' });
    peer.close();
  });

  it('refuses on the header alone, at its fourth byte', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port);
    for (const byte of frameHeader(65_537)) await peer.send(Buffer.from([byte]));
    await peer.readToEnd();
    expect(peer.ended).to.equal('fin');
    peer.close();
  });

  it('echoes what was whole before a stream that ends inside a frame, and says what was missing', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port);
    await peer.send(Buffer.concat([frames('whole'), frames('cut short').subarray(0, 7)]));
    peer.halfClose();
    expect(await peer.readToEnd()).to.deep.equal(frames('whole'));
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('frame_truncated')).to.include({ have: 7, need: 13 });
    expect(await server.waitFor('client_close')).to.include({ reason: 'frame_truncated', frames: 1 });
  });

  it('serves on after resets, in the middle of anything', async () => {
    const server = await TestServer.start();
    for (let i = 0; i < 20; i++) {
      const peer = await Peer.connect(server.port, { paused: true });
      void peer.send(manyFrames(i * 40, 1000));
      peer.reset();
    }
    const peer = await Peer.connect(server.port);
    await peer.send(frames('still here'));
    expect(await peer.read(14)).to.deep.equal(frames('still here'));
    peer.close();
    await server.waitFor('client_close', 21);
    expect(server.all('client_connect')).to.have.length(21);
    expect(server.all('client_close')).to.have.length(21);
  });
});
