import { expect } from 'chai';
import { frames, manyFrames } from '../support/peer';
import { until } from '../support/until';
import { isAlive } from '../support/trustctl';
import { WorkerServer, echoed } from '../support/worker-server';

describe('echo-server --workers, told to stop', () => {
  let server: WorkerServer;

  afterEach(() => server.end());

  it('drains all processes', async () => {
    server = await WorkerServer.start(['--workers', '2']);
    const clients = [await server.connect(), await server.connect(), await server.connect()];
    await server.waitFor('client_connect', () => server.all('client_connect').length === 3);
    const wire = manyFrames(500, 1000);
    await Promise.all(clients.map((peer) => peer.send(wire)));
    await Promise.all(clients.map((peer) => peer.delivered())); // what had arrived is answered for sure
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
    server = await WorkerServer.start(['--workers', '2']);
    const peer = await server.connect({ paused: true });
    const wire = manyFrames(2000, 1000);
    await peer.send(wire);
    await peer.delivered();
    server.signalWorkers('SIGTERM');
    server.child.kill('SIGTERM');
    peer.socket.resume();
    expect((await peer.readToEnd()).equals(wire)).to.equal(true);
    peer.close();
    expect((await server.exited).code).to.equal(0);
    expect(server.all('worker_exit')).to.have.length(0);
  });

  it('serves first who waits in the kernel, where no worker is there', async () => {
    server = await WorkerServer.start(['--workers', '2']);
    server.signalWorkers('SIGKILL');
    await server.waitFor('server_unready');
    const peer = await server.connect();
    await peer.send(frames('waits'));
    const stopped = server.stop();
    expect(await peer.readToEnd()).to.deep.equal(frames('waits'));
    expect(peer.ended).to.equal('fin');
    peer.close();
    expect(await stopped).to.equal(0);
    server.expectClosesForConnects();
  });

  it('kills at its deadline a worker that hangs, and counts its clients as cut off', async () => {
    server = await WorkerServer.start(['--workers', '2', '--shutdown-timeout', '0.2', '--timeout', '0']);
    const peer = await server.connect();
    process.kill(await server.workerOf(peer), 'SIGSTOP');
    expect(await server.stop()).to.equal(75);
    expect(server.all('client_close')[0]).to.include({ reason: 'shutdown' });
    expect(server.all('worker_exit')[0]).to.include({ reason: 'shutdown', signal: 'SIGKILL' });
    server.expectClosesForConnects();
  });

  it('twice, ends at once with 75, and closes in the log whom it cut off', async () => {
    server = await WorkerServer.start(['--workers', '2', '--shutdown-timeout', '3600', '--timeout', '0']);
    const workers = server.workers;
    const peer = await server.connect({ paused: true });
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

  it('ends its workers when it is killed itself', async () => {
    server = await WorkerServer.start(['--workers', '2']);
    const workers = server.workers;
    await echoed(await server.connect(), 'here');
    await server.stop('SIGKILL');
    await until(() => !workers.some(isAlive));
  });
});
