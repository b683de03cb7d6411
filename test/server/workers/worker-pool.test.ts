import { expect } from 'chai';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { frameHeader } from '../../../lib/framing/header';
import { Peer, frames, manyFrames } from '../../support/peer';
import {
  BIN,
  type LogEvent,
  ServerProcess,
  childrenOf,
  descriptorsOf,
  runTrustctl,
  temporaryFolder,
} from '../../support/trustctl';
import { until } from '../../support/until';

const FIXTURES = resolve(__dirname, '../../fixtures');
/** The command line with short pauses between restarts and pings. */
const FAST = { argv0: [process.execPath, join(FIXTURES, 'fast-workers.js')] };

/** Whether a process runs: one that nobody has waited for yet does not. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !readFileSync(path, 'latin1').includes(') Z');
}

describe('echo-server --workers', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];
  const connect = async (options: { paused?: boolean } = {}): Promise<Peer> => {
    const peer = await Peer.connect(server.port, options);
    peers.push(peer);
    return peer;
  };
  const echo = async (peer: Peer, text: string): Promise<void> => {
    const before = peer.received.length;
    await peer.send(frames(text));
    const got = await peer.read(before + 4 + text.length);
    expect(got.subarray(before)).to.deep.equal(frames(text));
  };
  const signalAll = (signal: NodeJS.Signals): void =>
    childrenOf(server.pid).forEach((pid) => process.kill(pid, signal));
  const workerStarts = (count: number): Promise<LogEvent> =>
    server.waitFor('worker_start', () => server.all('worker_start').length >= count);
  const expectClosesForConnects = (): void => {
    const numbers = (event: string): unknown[] => server.all(event).map(({ conn }) => conn);
    expect(new Set(numbers('client_connect')).size).to.equal(numbers('client_connect').length);
    expect(numbers('client_close')).to.have.members(numbers('client_connect'));
  };
  /** The worker that serves a client. */
  const workerOf = async (peer: Peer): Promise<number> => {
    await echo(peer, 'who?');
    const hex = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const row = new RegExp(`${hex(server.port)} ${hex(peer.socket.localPort!)} .*? +\\d+ +\\d+ (\\d+) `);
    const link = `socket:[${row.exec(readFileSync('/proc/net/tcp', 'latin1'))?.[1] ?? ''}]`;
    const holders = childrenOf(server.pid).filter((pid) => descriptorsOf(pid).includes(link));
    expect(holders).to.have.length(1);
    return holders[0]!;
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    const left = childrenOf(server.pid);
    await server.stop('SIGKILL');
    for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });

  describe('serves', () => {
    it('on several processes with one run of connection numbers and whole log lines', async () => {
      server = await ServerProcess.start(['--workers', '2', '--log-level', 'debug']);
      expect(server.all('server_start')[0]).to.include({ workers: 2, pid: server.pid });
      expect(server.all('worker_start').map(({ pid }) => pid)).to.have.members(childrenOf(server.pid));
      await server.waitFor('server_ready');
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const peer = await connect();
          await echo(peer, `client ${i}`);
          peer.close();
        }),
      );
      await server.waitFor('client_close', () => server.all('client_close').length === 20);
      const numbers = server.all('client_connect').map(({ conn }) => conn as number);
      expect(numbers.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await server.stop()).to.equal(0);
      expectClosesForConnects();
      expect(server.events.at(-1)).to.include({ event: 'cmd_finish', exit: 0 });
    });

    it('within its limits for all processes together', async () => {
      server = await ServerProcess.start(['--workers', '2', '--concurrency', '1', '--max-connections', '2']);
      const first = await connect();
      await echo(first, 'served');
      const second = await connect();
      await server.waitFor('client_connect', ({ conn }) => conn === 2);
      await second.send(frames('waits'));
      const third = await connect();
      await third.readToEnd();
      expect(await server.waitFor('client_drop')).to.include({ max_connections: 2 });
      await echo(first, 'still the only one');
      expect(second.received).to.have.length(0);
      first.close();
      expect(await second.read(9)).to.deep.equal(frames('waits'));
    });

    it('exactly maxConnections of a burst', async () => {
      server = await ServerProcess.start(['--workers', '2', '--max-connections', '10']);
      const crowd = await Promise.all(Array.from({ length: 60 }, () => connect()));
      await server.waitFor('client_drop', () => server.all('client_drop').length === 50);
      await Promise.all(crowd.map((peer) => peer.send(frames('hello')).then(() => undefined)));
      await until(() => crowd.filter(({ received, ended }) => received.length === 9 && !ended).length === 10);
      expect(server.all('client_connect')).to.have.length(10);
      expect(server.all('client_drop')).to.have.length(50);
    });

    it('one after another with a single place, whichever process accepts', async () => {
      server = await ServerProcess.start(['--workers', '2', '--concurrency', '1', '--max-connections', '1']);
      for (let i = 0; i < 12; i++) {
        const peer = await connect();
        await echo(peer, `client ${i}`);
        peer.close();
        await server.waitFor('client_close', ({ conn }) => conn === i + 1);
      }
      expect(server.all('client_drop')).to.have.length(0);
    });

    it('all who wait for a single place, whichever process accepted them', async () => {
      server = await ServerProcess.start(['--workers', '2', '--concurrency', '1', '--timeout', '0']);
      const crowd = await Promise.all(Array.from({ length: 24 }, () => connect()));
      await Promise.all(
        crowd.map(async (peer, i) => {
          await echo(peer, `client ${i}`);
          peer.close();
        }),
      );
      await server.waitFor('client_close', () => server.all('client_close').length === 24);
      expectClosesForConnects();
    });

    it('the next in the place of a client that lingers, whichever process accepted it', async () => {
      server = await ServerProcess.start(['--workers', '2', '--concurrency', '1', '--max-payload', '8']);
      const refused = await connect();
      await refused.send(frameHeader(9));
      await refused.readToEnd(); // and stays
      for (let conn = 2; conn < 8; conn++) {
        const next = await connect();
        await echo(next, 'next');
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
      server = await ServerProcess.start(['--workers', '2'], { argv0 });
      const [stopped = 0] = childrenOf(server.pid);
      process.kill(stopped, 'SIGSTOP'); // the other one gets all
      const crowd = await Promise.all(Array.from({ length: 120 }, () => connect()));
      await server.waitFor('client_drop');
      process.kill(stopped, 'SIGCONT');
      crowd.forEach((peer) => peer.close());
      await server.waitFor('client_close', () => server.all('client_close').length >= 10);
      await until(() => server.all('client_close').length === server.all('client_connect').length);
      for (let i = 0; i < 10; i++) await echo(await connect(), 'room again');
      expect(await server.stop()).to.equal(0);
      expect(server.all('worker_exit')).to.have.length(0);
      expectClosesForConnects();
    });
  });

  describe('on a port that is taken', () => {
    it('says so in one line and exits with 69', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      server = await ServerProcess.start();
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

  describe('whose workers end', () => {
    it('replaces one, closes its connections in the log and serves on', async () => {
      server = await ServerProcess.start(['--workers', '2', '--concurrency', '2', '--timeout', '60'], FAST);
      const clients = [await connect(), await connect()];
      const victim = await workerOf(clients[0]!);
      const isDead = clients.map(async (peer) => (await workerOf(peer)) === victim);
      const dead = (await Promise.all(isDead)).filter(Boolean).length;
      process.kill(victim, 'SIGKILL');
      expect(await server.waitFor('worker_exit')).to.include({
        pid: victim,
        signal: 'SIGKILL',
        level: 'error',
        reason: 'exit',
        retry_in_sec: 0.05,
      });
      await clients[0]!.readToEnd();
      await server.waitFor('client_close', () => server.all('client_close').length === dead);
      expect(server.all('client_close')[0]).to.include({ reason: 'worker_exit' });
      await echo(await connect(), 'in the place of the dead');
      await workerStarts(3);
      expect(childrenOf(server.pid)).not.to.include(victim);
      expect(await server.stop(), JSON.stringify(server.all('fatal'))).to.equal(0);
      expectClosesForConnects();
    });

    it('keeps its port and serves who connects while none is there', async () => {
      server = await ServerProcess.start(['--workers', '2']);
      signalAll('SIGKILL');
      await server.waitFor('server_unready');
      expect(server.all('worker_exit').map(({ retry_in_sec }) => retry_in_sec)).to.deep.equal([1, 1]);
      const thief = createServer().listen(server.port, '127.0.0.1');
      const [error] = (await once(thief, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('EADDRINUSE');
      await echo(await connect(), 'came in the pause');
      await workerStarts(4);
      expect(server.all('server_ready')).to.have.length(2);
      expect(await server.stop()).to.equal(0);
      expectClosesForConnects();
    });

    it('tells of one that dies while it starts, tries ever later, and goes on', async () => {
      const DOOM_FILE = join(temporaryFolder(), 'doom');
      const env = { DOOM_FILE, NODE_OPTIONS: `--require ${join(FIXTURES, 'doomed-workers.js')}` };
      server = await ServerProcess.start(['--workers', '2'], { ...FAST, env });
      writeFileSync(DOOM_FILE, '');
      process.kill(childrenOf(server.pid)[0]!, 'SIGKILL');
      const failures = (): unknown[] => server.all('worker_failed').map(({ retry_in_sec }) => retry_in_sec);
      await server.waitFor('worker_failed', () => failures().length === 3);
      expect(server.all('worker_failed')[0]).to.include({ level: 'error', signal: 'SIGKILL' });
      expect(failures()[2]).to.equal(0.2);
      rmSync(DOOM_FILE);
      await workerStarts(3);
      await echo(await connect(), 'whole again');
      expect(await server.stop()).to.equal(0);
    });

    it('replaces one that met an error which nobody caught, and says which, without a stack trace', async () => {
      const env = { DOOM_FILE: '', NODE_OPTIONS: `--require ${join(FIXTURES, 'doomed-workers.js')}` };
      server = await ServerProcess.start(['--workers', '2'], { ...FAST, env });
      const [victim = 0] = childrenOf(server.pid);
      process.kill(victim, 'SIGUSR2');
      expect(await server.waitFor('worker_exit')).to.include({ pid: victim, message: 'met by nobody' });
      await workerStarts(3);
      expect(await server.stop()).to.equal(0);
      expect(server.stderr).to.equal('');
    });

    it('replaces one that does not answer, and gives its places to others', async () => {
      const flags = ['--workers', '2', '--concurrency', '2', '--max-connections', '2', '--timeout', '0'];
      server = await ServerProcess.start(flags, FAST);
      const clients = [await connect(), await connect()];
      const hung = await workerOf(clients[0]!);
      await workerOf(clients[1]!);
      process.kill(hung, 'SIGSTOP');
      expect(await server.waitFor('worker_exit')).to.include({ pid: hung, signal: 'SIGKILL', reason: 'no_answer' });
      await clients[0]!.readToEnd();
      await echo(await connect(), 'in the place of the hung');
      expect(await server.stop()).to.equal(0);
      expectClosesForConnects();
    });
  });

  describe('told to stop', () => {
    it('drains all processes', async () => {
      server = await ServerProcess.start(['--workers', '2']);
      const clients = [await connect(), await connect(), await connect()];
      await server.waitFor('client_connect', () => server.all('client_connect').length === 3);
      const wire = manyFrames(500, 1000);
      await Promise.all(clients.map((peer) => peer.send(wire)));
      const stopped = server.stop();
      for (const peer of clients) {
        expect((await peer.readToEnd()).equals(wire)).to.equal(true);
        expect(peer.ended).to.equal('fin');
        peer.close();
      }
      expect(await stopped).to.equal(0);
      expect(server.all('client_close')).to.have.length(3);
      expect(server.all('worker_exit')).to.have.length(0);
      expect(server.all('server_draining')).to.have.length(1);
    });

    it('drains them as well where every process gets the signal', async () => {
      server = await ServerProcess.start(['--workers', '2']);
      const peer = await connect({ paused: true });
      const wire = manyFrames(2000, 1000);
      await peer.send(wire);
      signalAll('SIGTERM');
      server.child.kill('SIGTERM');
      peer.socket.resume();
      expect((await peer.readToEnd()).equals(wire)).to.equal(true);
      peer.close();
      expect((await server.exited).code).to.equal(0);
      expect(server.all('worker_exit')).to.have.length(0);
    });

    it('serves first who waits in the kernel, where no worker is there', async () => {
      server = await ServerProcess.start(['--workers', '2']);
      signalAll('SIGKILL');
      await server.waitFor('server_unready');
      const peer = await connect();
      await peer.send(frames('waits'));
      const stopped = server.stop();
      expect(await peer.readToEnd()).to.deep.equal(frames('waits'));
      expect(peer.ended).to.equal('fin');
      peer.close();
      expect(await stopped).to.equal(0);
      expectClosesForConnects();
    });

    it('kills at its deadline a worker that hangs, and counts its clients as cut off', async () => {
      server = await ServerProcess.start(['--workers', '2', '--shutdown-timeout', '0.2', '--timeout', '0']);
      const peer = await connect();
      process.kill(await workerOf(peer), 'SIGSTOP');
      expect(await server.stop()).to.equal(75);
      expect(server.all('client_close')[0]).to.include({ reason: 'shutdown' });
      expect(server.all('worker_exit')[0]).to.include({ reason: 'shutdown', signal: 'SIGKILL' });
      expectClosesForConnects();
    });

    it('twice, ends at once with 75, and closes in the log whom it cut off', async () => {
      server = await ServerProcess.start(['--workers', '2', '--shutdown-timeout', '3600', '--timeout', '0']);
      const workers = childrenOf(server.pid);
      const peer = await connect({ paused: true });
      void peer.send(manyFrames(1200, 65_536));
      await peer.stuck();
      server.child.kill('SIGTERM');
      await server.waitFor('server_draining');
      server.child.kill('SIGTERM');
      expect((await server.exited).code).to.equal(75);
      expect(server.all('signal_received').map(({ action }) => action)).to.deep.equal(['drain', 'exit']);
      expect(server.all('client_close').map(({ reason }) => reason)).to.deep.equal(['shutdown']);
      await until(() => !workers.some(isAlive));
    });
  });

  it('ends its workers when it is killed itself', async () => {
    server = await ServerProcess.start(['--workers', '2']);
    const workers = childrenOf(server.pid);
    await echo(await connect(), 'here');
    await server.stop('SIGKILL');
    await until(() => !workers.some(isAlive));
  });

  it('counts each event of a flood that it could not log', async () => {
    server = await ServerProcess.start(['--workers', '2', '--log-level', 'debug']);
    const peer = await connect();
    const count = 100_000;
    const wire = manyFrames(count, 1);
    void peer.send(wire);
    await peer.read(wire.length);
    peer.close();
    expect(await server.stop()).to.equal(0);
    const logged = server.all('frame_recv').length + server.all('frame_send').length;
    const dropped = server.all('log_dropped').reduce((sum, line) => sum + (line.count as number), 0);
    expect(logged + dropped).to.equal(2 * count);
    expectClosesForConnects();
  });
});
