import { expect } from 'chai';
import { ActiveConnections } from '../../lib/active-connections';
import { Peer, frames } from '../support/peer';
import { ServerProcess } from '../support/trustctl';

describe('ActiveConnections', () => {
  let told: [name: string, conn: unknown, at: number | undefined][];
  let log: ActiveConnections;

  beforeEach(() => {
    told = [];
    log = new ActiveConnections({
      debugEnabled: false,
      event: (name, fields = {}, at?: number) => told.push([name, (fields as { conn?: number }).conn, at]),
    });
  });

  it('tells all of a connection that sent a byte once it has closed, with the times at which it happened', () => {
    log.event('client_connect', { conn: 1 }, 10);
    log.event('client_disconnect', { conn: 1 }, 20);
    expect(told).to.deep.equal([]);
    log.event('client_close', { conn: 1, bytes_in: 1 }, 30);
    expect(told).to.deep.equal([
      ['client_connect', 1, 10],
      ['client_disconnect', 1, 20],
      ['client_close', 1, 30],
    ]);
  });

  it('tells nothing of one that sent none, however it ended', () => {
    for (const [conn, end] of ['client_disconnect', 'client_reset', 'recv_timeout'].entries()) {
      log.event('client_connect', { conn });
      log.event(end as 'client_reset', { conn });
      log.event('client_close', { conn, bytes_in: 0 });
    }
    expect(told).to.deep.equal([]);
  });

  it('keeps connections apart, and holds nothing back that is of none', () => {
    log.event('client_connect', { conn: 1 }, 1);
    log.event('client_connect', { conn: 2 }, 2);
    log.event('client_drop', { remote: 'x' }, 3);
    log.event('client_close', { conn: 2, bytes_in: 5 }, 4);
    log.event('client_close', { conn: 1, bytes_in: 0 }, 5);
    expect(told).to.deep.equal([
      ['client_drop', undefined, 3],
      ['client_connect', 2, 2],
      ['client_close', 2, 4],
    ]);
  });
});

describe('log.connections', () => {
  let server: ServerProcess;
  afterEach(() => server.stop('SIGKILL'));

  /** Three health checks, of which one resets, and a client. */
  async function visits(flags: readonly string[]): Promise<string[]> {
    server = await ServerProcess.start(flags);
    for (const leave of ['halfClose', 'halfClose', 'reset'] as const) {
      const peer = await Peer.connect(server.port);
      peer[leave]();
      await peer.readToEnd().catch(() => undefined);
      peer.close();
    }
    const client = await Peer.connect(server.port);
    await client.send(frames('hello'));
    await client.read(9);
    client.halfClose();
    await client.readToEnd();
    await server.waitFor('client_close', ({ bytes_in }) => bytes_in === 9);
    await server.stop();
    return server.events.filter(({ conn }) => conn !== undefined).map(({ event }) => event);
  }

  for (const workers of ['1', '2']) {
    it(`active leaves health checks out of the log, with ${workers} workers`, async () => {
      const events = await visits(['--log-connections', 'active', '--workers', workers]);
      expect(events).to.deep.equal(['client_connect', 'client_disconnect', 'client_close']);
    });
  }

  it('active logs all at debug', async () => {
    const events = await visits(['--log-connections', 'active', '--log-level', 'debug']);
    expect(events.filter((event) => event === 'client_close')).to.have.length(4);
  });

  it('all is the default', async () => {
    expect((await visits([])).filter((event) => event === 'client_connect')).to.have.length(4);
  });
});
