import { expect } from 'chai';
import { errorMonitor, once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventName } from '../../lib/events';
import { Connection } from '../../lib/server/connection';
import { type ServerOptions, defaultServerOptions } from '../../lib/server/options';
import { Peer, frames } from '../support/peer';

/** One connection whose socket can be looked at. */
class ServedPeer {
  readonly events: (Record<string, unknown> & { event: EventName })[] = [];
  readonly closed: Promise<void>;
  readonly connection: Connection;

  private constructor(
    private readonly listener: Server,
    readonly peer: Peer,
    readonly socket: Socket,
    options: Partial<ServerOptions>,
  ) {
    const log = {
      debugEnabled: false,
      event: (event: EventName, fields: object = {}): number => this.events.push({ ...fields, event }),
    };
    let onClose: () => void;
    this.closed = new Promise((resolve) => (onClose = resolve));
    this.connection = new Connection(socket, { ...defaultServerOptions, ...options }, log, () => onClose(), 100);
    this.connection.accepted(1);
    this.connection.serve();
  }

  static async connect(options: Partial<ServerOptions>): Promise<ServedPeer> {
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepted = once(listener, 'connection');
    const peer = await Peer.connect((listener.address() as AddressInfo).port);
    const [socket] = (await accepted) as [Socket];
    return new ServedPeer(listener, peer, socket, options);
  }

  /** Whether streams are piped to the socket: `pipeline` listens for its 'finish'. */
  get isPiped(): boolean {
    return this.socket.listenerCount('finish') > 0;
  }

  async untilResting(): Promise<void> {
    while (this.isPiped) await delay(5);
  }

  async echo(text: string): Promise<void> {
    const before = this.peer.received.length;
    await this.peer.send(frames(text));
    const got = await this.peer.read(before + frames(text).length);
    expect(got.subarray(before)).to.deep.equal(frames(text));
  }

  get last(): Record<string, unknown> | undefined {
    return this.events.at(-1);
  }

  close(): void {
    this.peer.close();
    this.socket.destroy();
    this.listener.close();
  }
}

describe('Connection that is reset', () => {
  const abort = Reflect.get(AbortController.prototype, 'abort') as () => void;
  let served: ServedPeer;
  afterEach(() => {
    AbortController.prototype.abort = abort;
    served.close();
  });

  it('gives its streams up before they hear of it: pipeline would abort once for each that listens', async () => {
    served = await ServedPeer.connect({});
    await served.echo('x');
    let aborts = 0;
    AbortController.prototype.abort = () => void (aborts += 1);
    served.peer.reset();
    await served.closed;
    await new Promise(setImmediate); // whoever listens has heard of it by then
    expect(aborts).to.equal(0);
    expect(served.events.map(({ event }) => event)).to.deep.equal(['client_connect', 'client_reset', 'client_close']);
    expect(served.last).to.include({ reason: 'client_reset', frames: 1, bytes_in: 5, bytes_out: 5 });
  });
});

describe('Connection at rest', () => {
  let served: ServedPeer;
  const LOOKS_OFTEN: Partial<ServerOptions> = { timeout: 60, frameTimeout: 0.2 };

  afterEach(() => served.close());

  it('has no streams before the first bytes, gives them back in silence and makes them anew', async () => {
    served = await ServedPeer.connect(LOOKS_OFTEN);
    expect(served.isPiped).to.equal(false);
    for (const text of ['first', 'after a silence', 'and another']) {
      await served.echo(text);
      expect(served.isPiped).to.equal(true);
      await served.untilResting();
    }
    const listeners = served.socket.eventNames().map((name) => [name, served.socket.listenerCount(name)]);
    expect(listeners).to.have.deep.members([
      [errorMonitor, 1],
      ['error', 1],
      ['close', 1],
      ['end', 1],
      ['data', 1],
    ]);
    served.peer.halfClose();
    await served.closed;
    expect(served.last).to.include({ event: 'client_close', reason: 'disconnect', frames: 3, bytes_in: 43 });
  });

  it('keeps the streams while they hold a part of a frame', async () => {
    served = await ServedPeer.connect({ timeout: 0.4, frameTimeout: 0 });
    const wire = frames('in two parts');
    await served.peer.send(wire.subarray(0, 7));
    for (let look = 0; look < 3; look++) await delay(100);
    expect(served.isPiped).to.equal(true);
    await served.peer.send(wire.subarray(7));
    expect(await served.peer.read(wire.length)).to.deep.equal(wire);
  });

  it('rests where both guards are off, and wakes', async () => {
    served = await ServedPeer.connect({ timeout: 0, frameTimeout: 0 });
    await served.echo('before');
    await served.untilResting();
    await served.echo('after');
    expect(served.isPiped).to.equal(true);
  });

  it('is ended for its silence when the limit has passed since the last byte', async () => {
    served = await ServedPeer.connect({ timeout: 0.4 });
    await served.echo('last words');
    const spokeAt = performance.now();
    await served.untilResting();
    await served.peer.readToEnd();
    expect(performance.now() - spokeAt).to.be.at.least(390);
    served.peer.close();
    await served.closed;
    expect(served.last).to.include({ event: 'client_close', reason: 'recv_timeout', frames: 1 });
  });

  it('wakes a guard that slept, for a frame that trickles', async () => {
    served = await ServedPeer.connect(LOOKS_OFTEN);
    await served.echo('quick');
    await served.untilResting();
    await served.peer.send(frames('slow').subarray(0, 5));
    await served.peer.readToEnd();
    served.peer.close();
    await served.closed;
    expect(served.last).to.include({ event: 'client_close', reason: 'frame_timeout', frames: 1 });
  });

  it('is drained with FIN, without streams; what comes afterwards is discarded', async () => {
    served = await ServedPeer.connect(LOOKS_OFTEN);
    await served.echo('x');
    await served.untilResting();
    served.connection.drain();
    await served.peer.readToEnd();
    expect(served.peer.ended).to.equal('fin');
    expect(served.socket.listenerCount('data')).to.equal(0);
    await served.peer.send(frames('too late'));
    served.peer.close();
    await served.closed;
    expect(served.last).to.include({ reason: 'disconnect', frames: 1, bytes_in: 17, bytes_out: 5 });
  });

  it('tells of a reset', async () => {
    served = await ServedPeer.connect(LOOKS_OFTEN);
    await served.echo('x');
    await served.untilResting();
    served.peer.reset();
    await served.closed;
    expect(served.events.map(({ event }) => event)).to.deep.equal(['client_connect', 'client_reset', 'client_close']);
  });
});
