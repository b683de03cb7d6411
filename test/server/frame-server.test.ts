import { expect } from 'chai';
import { Transform, type TransformCallback } from 'node:stream';
import type { FrameBatch } from '../../lib/framing';
import { frameHeader } from '../../lib/framing/header';
import { type FrameHandler, type FrameServerOptions, type TransformFactory, createFrameServer } from '../../lib';
import type { EventName } from '../../lib/log/events';
import { Peer, frames, manyFrames } from '../support/peer';
import { until, untilStill } from '../support/until';

type Event = { event: EventName } & Record<string, unknown>;

const running = new Set<{ stop(): Promise<unknown> }>();

async function serve(
  handler: FrameHandler | TransformFactory,
  options: FrameServerOptions = {},
): Promise<{ port: number; events: Event[]; names: () => EventName[]; stop: () => Promise<{ cut: number }> }> {
  const events: Event[] = [];
  const log = {
    debugEnabled: true,
    event: (event: EventName, fields: object = {}): number => events.push({ ...fields, event }),
  };
  const server = createFrameServer({ port: 0, ...options }, handler, log);
  running.add(server);
  const { port } = await server.listen();
  return { port, events, names: () => events.map(({ event }) => event), stop: () => server.stop() };
}

/** Whether nobody listens on a port any more. */
async function refuses(port: number): Promise<boolean> {
  try {
    (await Peer.connect(port)).close();
    return false;
  } catch {
    return true;
  }
}

const upper: FrameHandler = (payload) => payload.toString().toUpperCase();

describe('createFrameServer', () => {
  const peers: Peer[] = [];
  const connect = async (port: number, paused = false): Promise<Peer> => {
    const peer = await Peer.connect(port, { paused });
    peers.push(peer);
    return peer;
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    await Promise.all([...running].map((server) => server.stop()));
    running.clear();
  });

  it('answers each request with one reply, several, or none, in the order of the requests', async () => {
    const { port } = await serve(async (payload, { id, remote }) => {
      const request = payload.toString();
      // The first is the slowest: what comes after it waits.
      for (let turn = 0; request === 'one' && turn < 20; turn++) await new Promise(setImmediate);
      if (request === 'none') return undefined;
      if (request === 'many') return ['a', Buffer.from('b')];
      return `${request} ${id} ${remote.startsWith('127.0.0.1:')}`;
    });
    const peer = await connect(port);
    await peer.send(frames('one', 'none', 'many', 'two'));
    const expected = frames('one 1 true', 'a', 'b', 'two 1 true');
    expect(await peer.read(expected.length)).to.deep.equal(expected);
  });

  it('answers all that came whole before a FIN, then sends its own', async () => {
    const { port, events } = await serve(async (payload) => {
      await new Promise(setImmediate);
      return payload;
    });
    const peer = await connect(port);
    const wire = manyFrames(500, 100);
    await peer.send(wire);
    peer.halfClose();
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    expect(peer.ended).to.equal('fin');
    expect(events.at(-1)).to.include({ event: 'client_close', reason: 'disconnect', frames: 500 });
  });

  it('answers what came before a header over the limit, and closes with FIN', async () => {
    const { port, events } = await serve(upper);
    const peer = await connect(port);
    await peer.send(Buffer.concat([frames('a', 'b'), frameHeader(65_537), Buffer.alloc(100_000)]));
    expect(await peer.readToEnd()).to.deep.equal(frames('A', 'B'));
    expect(peer.ended).to.equal('fin');
    expect(events.find(({ event }) => event === 'frame_oversize')).to.include({ announced: 65_537 });
  });

  for (const [how, handler, message] of [
    [
      'throws',
      () => {
        throw new Error('no such key');
      },
      'the handler failed: no such key',
    ],
    ['rejects', () => Promise.reject(new Error('no such key')), 'the handler failed: no such key'],
    ['answers with what is no payload', () => 5 as never, 'the handler failed: '],
  ] as const) {
    it(`ends the connection of a handler that ${how}, after the replies before it, and serves on`, async () => {
      const { port, events, names } = await serve((payload) =>
        payload.toString() === 'bad' ? handler() : upper(payload, undefined as never),
      );
      const peer = await connect(port);
      await peer.send(frames('good', 'bad', 'never asked'));
      expect(await peer.readToEnd()).to.deep.equal(frames('GOOD'));
      expect(peer.ended).to.equal('fin');
      peer.close();
      const other = await connect(port);
      await other.send(frames('on'));
      expect(await other.read(6)).to.deep.equal(frames('ON'));
      const told = events.find(({ event }) => event === 'handler_failed');
      expect(told).to.include({ code: 'ERR_HANDLER_FAILED', conn: 1 });
      expect(told!.message).to.include(message);
      expect(names().filter((name) => name === 'handler_failed')).to.have.length(1);
    });
  }

  for (const [what, unsettled] of [
    ['promise', new Promise<never>(() => undefined)],
    ['thenable', { then: () => undefined } as unknown as PromiseLike<never>],
  ] as const) {
    it(`ends the connection of a handler whose ${what} is never settled, when its time has passed`, async () => {
      const { port, events } = await serve(() => unsettled, { handlerTimeout: 0.05 });
      const peer = await connect(port);
      await peer.send(frames('?'));
      await peer.readToEnd();
      expect(peer.ended).to.equal('fin');
      expect(events.find(({ event }) => event === 'handler_failed')).to.include({
        message: 'the handler took longer than 0.05 s',
      });
    });
  }

  it('does not call a client silent that waits for a slow handler', async () => {
    let finish: (reply: string) => void = () => undefined;
    const reply = new Promise<string>((resolve) => (finish = resolve));
    const { port, events } = await serve(() => reply, { timeout: 0.2 });
    const peer = await connect(port);
    await peer.send(frames('slow'));
    const silent = await connect(port); // came later, and is cut off
    await silent.readToEnd();
    finish('done');
    expect(await peer.read(8)).to.deep.equal(frames('done'));
    const told = events.filter(({ event }) => event === 'recv_timeout').map(({ conn }) => conn);
    expect(told).to.deep.equal([2]);
  });

  it('asks for no more than a client takes: one that floods and never reads is held back, and cut', async () => {
    let asked = 0;
    const { port, events } = await serve(
      () => {
        asked += 1;
        return Buffer.alloc(50_000);
      },
      { timeout: 0.4 },
    );
    const peer = await connect(port, true);
    void peer.send(Buffer.concat(Array.from({ length: 2000 }, () => frames(''))));
    await until(() => asked > 0);
    await untilStill(() => asked);
    // Some replies lie in the kernel's buffers; a hundred megabytes of replies do not.
    expect(asked).to.be.lessThan(500);
    await until(() => events.some(({ event }) => event === 'client_close'));
    expect(events.at(-1)).to.include({ event: 'client_close', reason: 'send_timeout' });
  });

  it('tells a handler when its connection is over', async () => {
    let aborted: Promise<unknown> | undefined;
    const { port } = await serve((payload, { signal }) => {
      aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      return payload;
    });
    const peer = await connect(port);
    await peer.send(frames('x'));
    await peer.read(5);
    peer.reset();
    await aborted;
  });

  it('stops in order: a request that is being worked on is answered', async () => {
    let finish: (reply: string) => void = () => undefined;
    const reply = new Promise<string>((resolve) => (finish = resolve));
    let asked = false;
    const { port, stop } = await serve(() => ((asked = true), reply));
    const peer = await connect(port);
    await peer.send(frames('last'));
    await until(() => asked);
    const stopped = stop();
    await until(() => refuses(port));
    finish('done');
    expect(await peer.readToEnd()).to.deep.equal(frames('done'));
    expect(peer.ended).to.equal('fin');
    peer.close();
    expect(await stopped).to.deep.equal({ cut: 0 });
  });

  it('tells of a Transform that cannot be made, or fails, ends its connection and serves on', async () => {
    const { port, events } = await serve({
      createTransform: ({ id }) => {
        if (id === 1) throw new Error('no more');
        return new Transform({
          objectMode: true,
          transform(batch: FrameBatch, _encoding, callback: TransformCallback) {
            const [first] = batch;
            if (first?.toString() === 'bad') callback(new Error('cannot'));
            else callback(null, batch);
          },
        });
      },
    });
    const [unserved, failing, good] = [await connect(port), await connect(port), await connect(port)];
    await unserved.readToEnd();
    await failing.send(frames('bad'));
    await failing.readToEnd();
    await good.send(frames('good'));
    expect(await good.read(8)).to.deep.equal(frames('good'));
    const told = events.filter(({ event }) => event === 'handler_failed').map(({ conn, message }) => [conn, message]);
    expect(told).to.deep.equal([
      [1, 'no service for this connection: Error: no more'],
      [2, 'the transform failed: cannot'],
    ]);
    const closed = events.filter(({ event }) => event === 'client_close').map(({ conn, reason }) => [conn, reason]);
    expect(closed).to.deep.equal([
      [1, 'handler_failed'],
      [2, 'handler_failed'],
    ]);
  });

  it('takes a Transform of its own for each connection', async () => {
    const { port, names } = await serve({
      createTransform: ({ id }) =>
        new Transform({
          objectMode: true,
          transform(batch: FrameBatch, _encoding, callback: TransformCallback) {
            for (const payload of batch) this.push(`${id}:${payload.toString()}`);
            callback();
          },
        }),
    });
    const [first, second] = [await connect(port), await connect(port)];
    await first.send(frames('a', 'b'));
    expect(await first.read(14)).to.deep.equal(frames('1:a', '1:b'));
    await second.send(frames('c'));
    expect(await second.read(7)).to.deep.equal(frames('2:c'));
    expect(names().filter((name) => name === 'frame_send')).to.have.length(3);
  });
});
