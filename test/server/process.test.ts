import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { Peer, frames, manyFrames } from '../support/peer';
import { BIN, ServerProcess, runTrustctl } from '../support/trustctl';

describe('echo-server, the process', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];
  const connect = async (paused = false): Promise<Peer> => {
    const peer = await Peer.connect(server.port, { paused });
    peers.push(peer);
    return peer;
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    await server.stop('SIGKILL');
  });

  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const) {
    it(`drains and exits with ${code} on ${signal}: what arrived whole is echoed, then FIN`, async () => {
      server = await ServerProcess.start();
      const peer = await connect(true);
      const wire = manyFrames(2000, 1000);
      await peer.send(Buffer.concat([wire, frames('never whole').subarray(0, 9)]));
      await peer.delivered();
      server.child.kill(signal);
      peer.socket.resume();
      expect((await peer.readToEnd()).equals(wire)).to.equal(true);
      expect(peer.ended).to.equal('fin');
      peer.close();
      expect((await server.exited).code).to.equal(code);
      expect(server.events.slice(-3).map(({ event }) => event)).to.deep.equal([
        'client_disconnect',
        'client_close',
        'cmd_finish',
      ]);
      expect(server.all('signal_received')).to.have.length(1);
      expect(server.all('cmd_finish')[0]).to.include({ exit: code });
    });
  }

  it('cuts off at the deadline a client that never reads, and exits with 75', async () => {
    server = await ServerProcess.start(['--shutdown-timeout', '0.3', '--timeout', '60']);
    const peer = await connect(true);
    void peer.send(manyFrames(1200, 65_536));
    await peer.stuck();
    expect(await server.stop()).to.equal(75);
    expect(server.all('client_close').map(({ reason }) => reason)).to.deep.equal(['shutdown']);
  });

  it('ends at once on a second signal', async () => {
    server = await ServerProcess.start(['--shutdown-timeout', '3600', '--timeout', '0']);
    const peer = await connect(true);
    void peer.send(manyFrames(1200, 65_536));
    await peer.stuck();
    server.child.kill('SIGTERM');
    await server.waitFor('signal_received');
    server.child.kill('SIGINT');
    expect((await server.exited).code).to.equal(130);
    expect(server.all('signal_received').map(({ action }) => action)).to.deep.equal(['drain', 'exit']);
    expect(server.all('client_close').map(({ reason }) => reason)).to.deep.equal(['shutdown']);
    expect(server.events.at(-1)).to.include({ event: 'cmd_finish', exit: 130 });
  });

  it('lives through 120 clients with 64 descriptors, and serves again when they go', async () => {
    server = await ServerProcess.start(['--timeout', '60'], {
      argv0: ['bash', '-c', `ulimit -n 64; exec ${BIN} "$@"`, 'bash'],
    });
    const crowd = await Promise.all(Array.from({ length: 120 }, () => connect()));
    await server.waitFor('client_drop');
    const served = server.all('client_connect').length;
    expect(served).to.be.within(10, 60);
    const answers = crowd.map(async (peer) => {
      void peer.send(frames('in a crowd'));
      return peer.read(14).then(
        () => true,
        () => false,
      );
    });
    expect((await Promise.all(answers)).filter(Boolean).length).to.be.at.least(served);
    crowd.forEach((peer) => peer.close());
    await server.waitFor('client_close', () => server.all('client_close').length >= served);
    const peer = await connect();
    await peer.send(frames('room again'));
    expect(await peer.read(14)).to.deep.equal(frames('room again'));
    expect(await server.stop()).to.equal(0);
  });

  it('cuts no client for the time in which it stood still itself', async () => {
    server = await ServerProcess.start(['--timeout', '1']);
    const peer = await connect();
    await peer.send(frames('before'));
    await peer.read(10);
    server.child.kill('SIGSTOP');
    await delay(2000); // the server's clock has no other stand-in: twice its limit, or more on a slow machine
    await peer.send(frames('meanwhile'));
    server.child.kill('SIGCONT');
    await peer.read(10 + 13);
    expect(server.all('recv_timeout')).to.have.length(0);
    await server.waitFor('recv_timeout');
  });

  it('restarts on its port at once, with connections in TIME_WAIT', async () => {
    server = await ServerProcess.start();
    const { port } = server;
    const first = await connect();
    await first.send(frames('x'));
    await first.read(5);
    const stopped = server.stop();
    await first.readToEnd();
    first.halfClose();
    expect(await stopped).to.equal(0);
    server = await ServerProcess.start(['--port', String(port)]);
    expect(server.port).to.equal(port);
    const again = await connect();
    await again.send(frames('y'));
    expect(await again.read(5)).to.deep.equal(frames('y'));
  });

  it('says in one line that its port is taken, and exits with 69', async () => {
    server = await ServerProcess.start();
    const { code, stderr, stdout } = await runTrustctl(['echo-server', '--port', String(server.port)]);
    expect(code).to.equal(69);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.include('EADDRINUSE').and.include(String(server.port));
    expect(stdout).to.include('"event":"fatal"').and.include('"event":"cmd_finish"');
  });
});
