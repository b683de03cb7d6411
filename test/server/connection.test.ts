import { expect } from 'chai';
import { once } from 'node:events';
import { mock } from 'node:test';
import { frameHeader } from '../../lib/framing/header';
import * as kernelQueues from '../../lib/proc/kernel-queues';
import { Peer, frames, manyFrames } from '../support/peer';
import { ServedConnection, closeConnections } from '../support/served-connection';
import { TestServer, stopServers } from '../support/server';
import { until } from '../support/until';

describe('Connection', () => {
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
    closeConnections();
  });

  it('has one pipeline from the turn it is served to its close', async () => {
    const served = await ServedConnection.open();
    const listenersOf = ({ socket }: ServedConnection): number[] =>
      ['data', 'end', 'drain', 'finish'].map((event) => socket.listenerCount(event));
    const before = listenersOf(served);
    expect(before[0]).to.equal(1);
    for (const text of ['one', 'two']) {
      await served.peer.send(frames(text));
      await served.peer.read(7);
      expect(listenersOf(served)).to.deep.equal(before);
    }
    served.peer.halfClose();
    await served.closed;
    expect(served.last).to.include({
      event: 'client_close',
      reason: 'disconnect',
      frames: 2,
      bytes_in: 14,
      bytes_out: 14,
    });
  });

  it('does not read on from a client that reads nothing: what waits is bounded', async () => {
    const served = await ServedConnection.open({}, { paused: true });
    void served.peer.send(manyFrames(1200, 65_536));
    const { socket } = served;
    let before = -1;
    while (socket.bytesRead !== before || socket.writableLength === 0) {
      before = socket.bytesRead;
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect(socket.writableLength).to.be.lessThan(3 * 65_536);
      expect(socket.readableLength).to.be.lessThan(3 * 65_536);
    }
    // As much has been read as was written, but for what the socket itself holds.
    expect(socket.bytesRead - socket.bytesWritten).to.be.lessThan(3 * 65_536);
  });

  it('tells one cause: a reset after a refusal is not told', async () => {
    const served = await ServedConnection.open();
    await served.peer.send(frameHeader(65_537));
    await served.peer.readToEnd();
    served.peer.reset();
    await served.closed;
    expect(served.names).to.deep.equal(['client_connect', 'frame_oversize', 'client_close']);
    expect(served.last).to.include({ reason: 'frame_oversize' });
  });

  it('tells a reset, with its number', async () => {
    const served = await ServedConnection.open();
    await served.peer.send(frames('x'));
    await served.peer.read(5);
    served.peer.reset();
    await served.closed;
    expect(served.names).to.deep.equal(['client_connect', 'client_reset', 'client_close']);
    expect(served.events[1]).to.include({ errno: 104, code: 'ECONNRESET' });
    expect(served.last).to.include({ reason: 'client_reset', frames: 1, bytes_in: 5, bytes_out: 5 });
  });

  it('logs where only active connections are wanted none that sends no byte, and one that does from its first on', async () => {
    const idle = await ServedConnection.open({ logConnections: 'active' });
    idle.peer.halfClose();
    await idle.closed;
    expect(idle.names).to.deep.equal([]);

    const served = await ServedConnection.open({ logConnections: 'active' });
    await served.peer.send(frames('x'));
    await served.peer.read(5);
    expect(served.names).to.deep.equal(['client_connect']);
    await served.peer.send(frameHeader(0xffffffff));
    await served.peer.readToEnd();
    served.peer.close();
    await served.closed;
    expect(served.names).to.deep.equal(['client_connect', 'frame_oversize', 'client_close']);

    const wrong = await ServedConnection.open({ logConnections: 'active' });
    await wrong.peer.send('GET / HTTP/1.1\r\n');
    await wrong.peer.readToEnd();
    expect(wrong.names).to.deep.equal(['client_connect', 'frame_oversize']);
    expect(wrong.last).to.include({
      looks_like: 'HTTP request',
      first_bytes: Buffer.from('GET / HTTP/1.1\r\n').toString('hex'),
    });
  });

  it('names an IPv4 client as such, whichever family the server listens for', async () => {
    const server = await TestServer.start({ host: '::' });
    const peer = await Peer.connect(server.port, { host: '127.0.0.1' });
    const { remote } = await server.waitFor('client_connect');
    expect(remote).to.equal(`127.0.0.1:${peer.socket.localPort}`);
    peer.close();
    await server.stop();
  });

  it('lets go of the pipeline where a client that has all of its echo ends: nothing stays on the socket', async () => {
    const served = await ServedConnection.open();
    await served.peer.send(frames('x'));
    await served.peer.read(5);
    served.peer.halfClose();
    await served.closed;
    expect(served.socket.destroyed).to.equal(true);
    await served.peer.readToEnd();
    expect(served.peer.ended).to.equal('fin');
    expect(served.names).to.deep.equal(['client_connect', 'client_disconnect', 'client_close']);
  });

  it('lingers for a refused client that takes its echoes from its own kernel, slowly: a reset would lose them', async () => {
    const served = await ServedConnection.open({ timeout: 60 }, { paused: true });
    const { peer, socket } = served;
    const wire = manyFrames(1000, 1000);
    await peer.send(Buffer.concat([wire, frameHeader(0xffffffff)]));
    await once(socket, 'finish');
    // For longer than the lingering read waits for one that takes nothing.
    const started = performance.now();
    await peer.readSteadily(wire.length, 350_000);
    expect(performance.now() - started).to.be.greaterThan(2500);
    expect(served.names).to.deep.equal(['client_connect', 'frame_oversize']);
    expect(peer.received.equals(wire)).to.equal(true);
  });

  it('lingers no longer for a refused client that came after the kernel’s queues were last read', async () => {
    kernelQueues.recentKernelQueues(0);
    const served = await ServedConnection.open({ timeout: 60 });
    await served.peer.send(frameHeader(65_537));
    await served.peer.readToEnd();
    await served.closed; // after two seconds; after thirty where the queues cannot be known
    expect(served.last).to.include({ reason: 'frame_oversize' });
  });

  it('lingers for the idle limit where the kernel’s queues are unknown, as they may still hold echoes', async () => {
    const unknown = { takenAt: Infinity, of: () => undefined };
    mock.method(kernelQueues, 'recentKernelQueues', () => unknown);
    const served = await ServedConnection.open({ timeout: 3 });
    await served.peer.send(frameHeader(65_537));
    await served.peer.readToEnd();
    await served.closed;
    expect(served.last?.duration_ms).to.be.at.least(2900);
  });

  it('ends a lingering read at its deadline, however often something still arrives', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const served = await ServedConnection.open();
    await served.peer.send(frameHeader(65_537));
    await served.peer.readToEnd();
    for (let second = 0; second < 29; second++) {
      await served.peer.send('still here');
      await once(served.socket, 'data');
      mock.timers.tick(1000);
      await new Promise(setImmediate);
      expect(served.names).not.to.include('client_close');
    }
    mock.timers.tick(1500);
    await served.closed;
    expect(served.last).to.include({ reason: 'frame_oversize' });
  });

  it('cuts no client that takes what lies in its own kernel, however long it sends nothing', async () => {
    const served = await ServedConnection.open({ timeout: 0.4 }, { paused: true });
    const { peer, socket } = served;
    const wire = manyFrames(1000, 1000);
    await peer.send(wire);
    await until(() => socket.bytesWritten === wire.length && socket.writableLength === 0);
    // Everything is out of this process. A steady 800 kB/s takes three times the limit.
    const started = performance.now();
    await peer.readSteadily(wire.length, 800_000);
    expect(performance.now() - started).to.be.greaterThan(1000);
    expect(served.names).to.deep.equal(['client_connect']);
    expect(peer.received.equals(wire)).to.equal(true);
  });
});

describe('FrameServer', () => {
  afterEach(stopServers);

  it('turns Nagle off, and keep-alive on only where no idle guard finds a client that vanished', async () => {
    const calls: [string, ...unknown[]][] = [];
    const server = await TestServer.start({ timeout: 5 });
    const lasting = await TestServer.start({ timeout: 0 });
    const probe = await Peer.connect(server.port);
    await server.waitFor('client_connect');
    type Method = (...args: unknown[]) => unknown;
    const { _handle: handle } = probe.socket as unknown as { _handle: object };
    const prototype = Object.getPrototypeOf(handle) as Record<'setNoDelay' | 'setKeepAlive', Method>;
    const { setNoDelay, setKeepAlive } = prototype;
    try {
      prototype.setNoDelay = function (this: object, ...args: unknown[]) {
        calls.push(['noDelay', ...args]);
        return setNoDelay.apply(this, args);
      };
      prototype.setKeepAlive = function (this: object, ...args: unknown[]) {
        calls.push(['keepAlive', ...args]);
        return setKeepAlive.apply(this, args);
      };
      const guarded = await Peer.connect(server.port);
      await server.waitFor('client_connect', 2);
      expect(calls).to.deep.equal([['noDelay', true]]);
      const unguarded = await Peer.connect(lasting.port);
      await lasting.waitFor('client_connect');
      expect(calls.slice(1)).to.deep.equal([
        ['noDelay', true],
        ['keepAlive', true, 60],
      ]);
      [probe, guarded, unguarded].forEach((peer) => peer.close());
    } finally {
      Object.assign(prototype, { setNoDelay, setKeepAlive });
    }
  });

  it("logs its listener's errors and serves on", async () => {
    const server = await TestServer.start();
    const { listener } = server.server as unknown as { listener: NodeJS.EventEmitter };
    listener.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    expect(await server.waitFor('io_error')).to.include({ errno: 24, code: 'EMFILE' });
    const peer = await Peer.connect(server.port);
    await peer.send(frames('on'));
    expect(await peer.read(6)).to.deep.equal(frames('on'));
    peer.close();
  });

  it('stops once, however often it is told to', async () => {
    const server = await TestServer.start();
    const peer = await Peer.connect(server.port);
    await server.waitFor('client_connect');
    const results = Promise.all([server.server.stop(), server.server.stop(), server.server[Symbol.asyncDispose]()]);
    await peer.readToEnd();
    peer.close();
    expect(await results).to.deep.equal([{ cut: 0 }, { cut: 0 }, undefined]);
    expect(await server.server.stop()).to.deep.equal({ cut: 0 });
  });
});
