import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../support/trustctl';
import { DOOMED, FAST, WorkerServer, echoed } from '../support/worker-server';

describe('echo-server --workers, whose workers end', () => {
  let server: WorkerServer;

  afterEach(() => server.end());

  it('replaces one, closes its connections in the log and serves on', async () => {
    server = await WorkerServer.start(['--workers', '2', '--concurrency', '2', '--timeout', '60'], FAST);
    const clients = [await server.connect(), await server.connect()];
    const victim = await server.workerOf(clients[0]!);
    const isDead = clients.map(async (peer) => (await server.workerOf(peer)) === victim);
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
    await echoed(await server.connect(), 'in the place of the dead');
    await server.workerStarts(3);
    expect(server.workers).not.to.include(victim);
    expect(await server.stop(), JSON.stringify(server.all('fatal'))).to.equal(0);
    server.expectClosesForConnects();
  });

  it('keeps its port and serves who connects while none is there', async () => {
    server = await WorkerServer.start(['--workers', '2']);
    server.signalWorkers('SIGKILL');
    await server.waitFor('server_unready');
    expect(server.all('worker_exit').map(({ retry_in_sec }) => retry_in_sec)).to.deep.equal([1, 1]);
    const thief = createServer().listen(server.port, '127.0.0.1');
    const [error] = (await once(thief, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('EADDRINUSE');
    await echoed(await server.connect(), 'came in the pause');
    await server.workerStarts(4);
    expect(server.all('server_ready')).to.have.length(2);
    expect(await server.stop()).to.equal(0);
    server.expectClosesForConnects();
  });

  it('tells of one that dies while it starts, tries ever later, and goes on', async () => {
    const DOOM_FILE = join(temporaryFolder(), 'doom');
    const env = { DOOM_FILE, NODE_OPTIONS: DOOMED };
    server = await WorkerServer.start(['--workers', '2'], { ...FAST, env });
    writeFileSync(DOOM_FILE, '');
    process.kill(server.workers[0]!, 'SIGKILL');
    const failures = (): unknown[] => server.all('worker_failed').map(({ retry_in_sec }) => retry_in_sec);
    await server.waitFor('worker_failed', () => failures().length >= 3);
    expect(server.all('worker_failed')[0]).to.include({ level: 'error', signal: 'SIGKILL' });
    expect(failures()[2]).to.equal(0.2);
    rmSync(DOOM_FILE);
    await server.workerStarts(3);
    await echoed(await server.connect(), 'whole again');
    expect(await server.stop()).to.equal(0);
  });

  it('replaces one that met an error which nobody caught, and says which, without a stack trace', async () => {
    const env = { DOOM_FILE: '', NODE_OPTIONS: DOOMED };
    server = await WorkerServer.start(['--workers', '2'], { ...FAST, env });
    const [victim = 0] = server.workers;
    process.kill(victim, 'SIGUSR2');
    expect(await server.waitFor('worker_exit')).to.include({ pid: victim, message: 'met by nobody' });
    await server.workerStarts(3);
    expect(await server.stop()).to.equal(0);
    expect(server.stderr).to.equal('');
  });

  it('replaces one that does not answer, and gives its places to others', async () => {
    const flags = ['--workers', '2', '--concurrency', '2', '--max-connections', '2', '--timeout', '0'];
    server = await WorkerServer.start(flags, FAST);
    const clients = [await server.connect(), await server.connect()];
    const hung = await server.workerOf(clients[0]!);
    await server.workerOf(clients[1]!);
    process.kill(hung, 'SIGSTOP');
    expect(await server.waitFor('worker_exit')).to.include({ pid: hung, signal: 'SIGKILL', reason: 'no_answer' });
    await clients[0]!.readToEnd();
    await echoed(await server.connect(), 'in the place of the hung');
    expect(await server.stop()).to.equal(0);
    server.expectClosesForConnects();
  });
});
