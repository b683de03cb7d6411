import { expect } from 'chai';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { acceptQueueLength } from '../../lib/proc/accept-queue-length';
import { drainAcceptQueue } from '../../lib/server/accept-queue';
import { Peer, frames } from '../support/peer';
import { ServerProcess, childrenOf } from '../support/trustctl';

describe('The accept queue', () => {
  let listener: Server;
  let accepted: Socket[];
  let clients: Socket[];
  const port = (): number => (listener.address() as AddressInfo).port;
  const descriptor = (): number => (listener as unknown as { _handle: { fd: number } })._handle.fd;

  beforeEach(async () => {
    accepted = [];
    clients = [];
    listener = createServer((socket) => accepted.push(socket));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });

  afterEach(() => {
    listener.close();
    for (const socket of [...clients, ...accepted]) socket.destroy();
  });

  /** Connects without a turn of the loop, so that nobody is accepted yet. */
  const queueUp = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) clients.push(connect(port(), '127.0.0.1'));
    await new Promise<void>((resolve) => process.nextTick(resolve)); // net.connect connects in the next tick
  };

  it('is as long as clients wait that nobody has accepted', async () => {
    expect(acceptQueueLength(descriptor())).to.equal(0);
    await queueUp(3);
    expect(acceptQueueLength(descriptor())).to.equal(3);
  });

  it('is not known of what does not listen: never taken for empty', () => {
    const file = openSync('/dev/null', 'r');
    expect(acceptQueueLength(file)).to.equal(undefined);
    expect(acceptQueueLength(-1)).to.equal(undefined);
    closeSync(file);
  });

  for (const [told, lengthOf] of [
    ['its length is told', acceptQueueLength],
    ['its length is not told', () => undefined],
  ] as const) {
    it(`is taken in whole where ${told}`, async () => {
      await queueUp(40);
      await drainAcceptQueue(listener, 511, lengthOf);
      expect(accepted).to.have.length(40);
    });
  }

  it('is waited for while others than this process take from it', async () => {
    const told = [2, 1, 0];
    await drainAcceptQueue(listener, 511, () => told.shift());
    expect(told).to.deep.equal([]);
  });

  it('counts those who are dropped at the limit of descriptors as taken', async () => {
    listener.maxConnections = 1;
    await queueUp(5);
    await drainAcceptQueue(listener, 511);
    expect(acceptQueueLength(descriptor())).to.equal(0);
  });

  it('has an end, although clients keep coming', async () => {
    listener.on('connection', () => void queueUp(1));
    await queueUp(1);
    await drainAcceptQueue(listener, 8);
    expect(accepted.length).to.be.within(9, 20);
  });

  for (const workers of [1, 2]) {
    it(`is served whole when SIGTERM comes, by ${workers === 1 ? 'one process' : `${workers} workers`}`, async () => {
      const server = await ServerProcess.start(['--workers', String(workers)]);
      const processes = [server.pid, ...childrenOf(server.pid)];
      for (const pid of processes) process.kill(pid, 'SIGSTOP');
      const peers = await Promise.all(Array.from({ length: 40 }, () => Peer.connect(server.port)));
      for (const peer of peers) await peer.send(frames('queued'));
      server.child.kill('SIGTERM');
      for (const pid of processes) process.kill(pid, 'SIGCONT');
      for (const peer of peers) {
        expect(await peer.readToEnd()).to.deep.equal(frames('queued'));
        expect(peer.ended).to.equal('fin');
        peer.close();
      }
      expect((await server.exited).code).to.equal(0);
      expect(server.all('client_close')).to.have.length(40);
    });
  }
});
