import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Peer, frames, manyFrames } from '../support/peer';
import { ServerProcess } from '../support/trustctl';

/** The processes that a process has started. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

describe('echo-server --workers', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];
  const connect = async (): Promise<Peer> => {
    const peer = await Peer.connect(server.port);
    peers.push(peer);
    return peer;
  };
  const echo = async (peer: Peer, text: string): Promise<void> => {
    const before = peer.received.length;
    await peer.send(frames(text));
    const got = await peer.read(before + 4 + text.length);
    expect(got.subarray(before)).to.deep.equal(frames(text));
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    await server.stop('SIGKILL');
  });

  it('serves on several processes with one run of connection numbers and whole log lines', async () => {
    server = await ServerProcess.start(['--workers', '2', '--log-level', 'debug']);
    expect(server.all('server_start')[0]).to.include({ workers: 2, pid: server.pid });
    expect(childrenOf(server.pid)).to.have.length(2);
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
    expect(new Set(server.all('client_close').map(({ conn }) => conn)).size).to.equal(20);
    expect(await server.stop()).to.equal(0);
    expect(server.events.at(-1)).to.include({ event: 'cmd_finish', exit: 0 });
  });

  it('keeps its limits for all processes together', async () => {
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

  it('serves one after another with a single place, whichever process accepts', async () => {
    server = await ServerProcess.start(['--workers', '2', '--concurrency', '1', '--max-connections', '1']);
    for (let i = 0; i < 12; i++) {
      const peer = await connect();
      await echo(peer, `client ${i}`);
      peer.close();
      await server.waitFor('client_close', ({ conn }) => conn === i + 1);
    }
    expect(server.all('client_drop')).to.have.length(0);
  });

  it('drains all processes on SIGTERM', async () => {
    server = await ServerProcess.start(['--workers', '2']);
    const clients = [await connect(), await connect(), await connect()];
    await server.waitFor('client_connect', ({ conn }) => conn === 3);
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
  });

  it('replaces a worker that died, closes its connections in the log and serves on', async () => {
    server = await ServerProcess.start(['--workers', '2', '--concurrency', '2', '--timeout', '60']);
    const clients = [await connect(), await connect()];
    for (const peer of clients) await echo(peer, 'before');
    const [victim = 0] = childrenOf(server.pid);
    process.kill(victim, 'SIGKILL');
    expect(await server.waitFor('worker_exit')).to.include({ pid: victim, signal: 'SIGKILL', level: 'error' });
    const { remote } = await server.waitFor('client_close', ({ reason }) => reason === 'worker_exit');
    const isDead = ({ socket }: Peer): boolean => remote === `127.0.0.1:${socket.localPort}`;
    const dead = clients.find(isDead);
    const alive = clients.find((peer) => !isDead(peer));
    await dead!.readToEnd();
    await echo(alive!, 'the other one');
    await echo(await connect(), 'in the place of the dead');
    while (childrenOf(server.pid).length < 2) await delay(20);
    expect(childrenOf(server.pid)).not.to.include(victim);
    expect(await server.stop(), JSON.stringify(server.all('fatal'))).to.equal(0);
    expect(server.all('client_close')).to.have.length(server.all('client_connect').length);
  });
});
