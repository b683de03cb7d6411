import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { frameHeader } from '../../../lib/framing/header';
import { frames, manyFrames } from '../../support/peer';
import { BIN, runTrustctl } from '../../support/trustctl';
import { until } from '../../support/until';
import { WorkerServer, echoed } from '../../support/worker-server';

describe('echo-server --workers', () => {
  let server: WorkerServer;

  afterEach(() => server.end());

  describe('serves', () => {
    it('on several processes with one run of connection numbers and whole log lines', async () => {
      server = await WorkerServer.start(['--workers', '2', '--log-level', 'debug']);
      expect(server.all('server_start')[0]).to.include({ workers: 2, pid: server.pid });
      expect(server.all('worker_start').map(({ pid }) => pid)).to.have.members(server.workers);
      await server.waitFor('server_ready');
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const peer = await server.connect();
          await echoed(peer, `client ${i}`);
          peer.close();
        }),
      );
      await server.waitFor('client_close', () => server.all('client_close').length === 20);
      const numbers = server.all('client_connect').map(({ conn }) => conn as number);
      expect(numbers.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await server.stop()).to.equal(0);
      server.expectClosesForConnects();
      expect(server.events.at(-1)).to.include({ event: 'cmd_finish', exit: 0 });
    });

    it('within its limits for all processes together', async () => {
      server = await WorkerServer.start(['--workers', '2', '--concurrency', '1', '--max-connections', '2']);
      const first = await server.connect();
      await echoed(first, 'served');
      const second = await server.connect();
      await server.waitFor('client_connect', ({ conn }) => conn === 2);
      await second.send(frames('waits'));
      const third = await server.connect();
      await third.readToEnd();
      expect(await server.waitFor('client_drop')).to.include({ max_connections: 2 });
      await echoed(first, 'still the only one');
      expect(second.received).to.have.length(0);
      first.close();
      expect(await second.read(9)).to.deep.equal(frames('waits'));
    });

    it('exactly maxConnections of a burst', async () => {
      server = await WorkerServer.start(['--workers', '2', '--max-connections', '10']);
      const crowd = await Promise.all(Array.from({ length: 60 }, () => server.connect()));
      await server.waitFor('client_drop', () => server.all('client_drop').length === 50);
      await Promise.all(crowd.map((peer) => peer.send(frames('hello')).then(() => undefined)));
      await until(() => crowd.filter(({ received, ended }) => received.length === 9 && !ended).length === 10);
      expect(server.all('client_connect')).to.have.length(10);
      expect(server.all('client_drop')).to.have.length(50);
    });

    it('one after another with a single place, whichever process accepts', async () => {
      server = await WorkerServer.start(['--workers', '2', '--concurrency', '1', '--max-connections', '1']);
      for (let i = 0; i < 12; i++) {
        const peer = await server.connect();
        await echoed(peer, `client ${i}`);
        peer.close();
        await server.waitFor('client_close', ({ conn }) => conn === i + 1);
      }
      expect(server.all('client_drop')).to.have.length(0);
    });

    it('all who wait for a single place, whichever process accepted them', async () => {
      server = await WorkerServer.start(['--workers', '2', '--concurrency', '1', '--timeout', '0']);
      const crowd = await Promise.all(Array.from({ length: 24 }, () => server.connect()));
      await Promise.all(
        crowd.map(async (peer, i) => {
          await echoed(peer, `client ${i}`);
          peer.close();
        }),
      );
      await server.waitFor('client_close', () => server.all('client_close').length === 24);
      server.expectClosesForConnects();
    });

    it('the next in the place of a client that lingers, whichever process accepted it', async () => {
      server = await WorkerServer.start(['--workers', '2', '--concurrency', '1', '--max-payload', '8']);
      const refused = await server.connect();
      await refused.send(frameHeader(9));
      await refused.readToEnd(); // and stays
      for (let conn = 2; conn < 8; conn++) {
        const next = await server.connect();
        await echoed(next, 'next');
        next.close();
        await server.waitFor('client_close', (event) => event.conn === conn);
        await refused.send('x'); // it would be closed after two seconds of silence
      }
      refused.close();
      await server.waitFor('client_close', () => server.all('client_close').length === 7);
      expect(server.all('client_close').at(-1)).to.include({ conn: 1, reason: 'frame_oversize' });
    });

    it('on, where descriptors run out in one worker', async () => {
      const argv0 = ['bash', '-c', `ulimit -n 64; exec ${BIN} "$@"`, 'bash'];
      server = await WorkerServer.start(['--workers', '2'], { argv0 });
      const [stopped = 0] = server.workers;
      process.kill(stopped, 'SIGSTOP'); // the other one gets all
      const crowd = await Promise.all(Array.from({ length: 120 }, () => server.connect()));
      await server.waitFor('client_drop');
      process.kill(stopped, 'SIGCONT');
      crowd.forEach((peer) => peer.close());
      await server.waitFor('client_close', () => server.all('client_close').length >= 10);
      await until(() => server.all('client_close').length === server.all('client_connect').length);
      for (let i = 0; i < 10; i++) await echoed(await server.connect(), 'room again');
      expect(await server.stop()).to.equal(0);
      expect(server.all('worker_exit')).to.have.length(0);
      server.expectClosesForConnects();
    });
  });

  describe('on a port that is taken', () => {
    it('says so in one line and exits with 69', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      server = await WorkerServer.start();
      const runs = Array.from({ length: 4 }, () =>
        runTrustctl(['echo-server', '--port', String(port), '--workers', '2']),
      );
      for (const { code, stderr } of await Promise.all(runs)) {
        expect(code).to.equal(69);
        expect(stderr.trim().split('\n')).to.have.length(1);
        expect(stderr).to.include('EADDRINUSE').and.include(String(port));
      }
      other.close();
    });
  });

  it('counts each event of a flood that it could not log', async () => {
    server = await WorkerServer.start(['--workers', '2', '--log-level', 'debug']);
    const peer = await server.connect();
    const count = 100_000;
    const wire = manyFrames(count, 1);
    void peer.send(wire);
    await peer.read(wire.length);
    peer.close();
    expect(await server.stop()).to.equal(0);
    const logged = server.all('frame_recv').length + server.all('frame_send').length;
    const dropped = server.all('log_dropped').reduce((sum, line) => sum + (line.count as number), 0);
    expect(logged + dropped).to.equal(2 * count);
    server.expectClosesForConnects();
  });
});
