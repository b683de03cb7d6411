import { expect } from 'chai';
import { type Target, runCase } from '../../lib/check';
import { frameHeader } from '../../lib/framing/header';
import { Peer, frames } from '../support/peer';
import { ServerProcess, runTrustctl } from '../support/trustctl';

/** The ten tests that lock what the service does, each against a `bin/trustctl echo-server` of its own. */
describe('regression', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];

  const serve = async (...flags: string[]): Promise<void> => {
    server = await ServerProcess.start(['--log-level', 'debug', ...flags]);
  };
  const connect = async (): Promise<Peer> => {
    const peer = await Peer.connect(server.port);
    peers.push(peer);
    return peer;
  };
  /** A rule that any right server keeps, as `trustctl echo-check` checks it: defined once, there. */
  const expectRule = async (id: string, promised: Partial<Target> = {}): Promise<void> => {
    const verdict = await runCase(id, { host: '127.0.0.1', port: server.port, maxPayload: 65_536, ...promised });
    expect(verdict, JSON.stringify(verdict)).to.include({ status: 'passed' });
  };
  /** A whole exchange by a new client: the server serves. */
  const expectService = async (): Promise<void> => {
    const peer = await connect();
    await peer.send(frames('ping'));
    expect(await peer.read(8)).to.deep.equal(frames('ping'));
    peer.close();
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    expect(await server.stop()).to.equal(0);
    expect(server.stderr).to.equal('');
    expect(server.all('client_close')).to.have.length(server.all('client_connect').length);
  });

  it('test_listen', async () => {
    await serve();
    expect(server.all('server_start')[0]).to.include({ host: '127.0.0.1', pid: server.pid, max_payload: 65_536 });
    expect(server.port).to.be.within(1, 65_535);
    await expectRule('connection/1.1');
    expect(await server.waitFor('client_connect')).to.include({ conn: 1 });
  });

  it('test_echo_raw', async () => {
    await serve('--framing', 'raw');
    const peer = await connect();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await peer.send(bytes);
    expect(await peer.read(256)).to.deep.equal(bytes);
    peer.halfClose();
    expect(await peer.readToEnd()).to.deep.equal(bytes);
    expect(peer.ended).to.equal('fin');
  });

  it('test_framed_echo', async () => {
    await serve();
    const peer = await connect();
    await peer.send(Buffer.from('0000000568656c6c6f', 'hex'));
    expect((await peer.read(9)).toString('hex')).to.equal('0000000568656c6c6f');
    peer.halfClose();
    expect(await peer.readToEnd()).to.have.length(9);
    expect(await server.waitFor('frame_recv')).to.include({ payload_len: 5 });
    expect(await server.waitFor('frame_send')).to.include({ payload_len: 5 });
    expect(await server.waitFor('client_close')).to.include({ reason: 'disconnect', frames: 1 });
    await expectRule('framing/2.1');
  });

  it('test_two_messages', async () => {
    await serve();
    const peer = await connect();
    await peer.send(frames('first', 'the second'));
    peer.halfClose();
    expect(await peer.readToEnd()).to.deep.equal(frames('first', 'the second'));
    expect((await server.waitFor('client_close')).frames).to.equal(2);
    expect(server.all('frame_recv').map(({ payload_len }) => payload_len)).to.deep.equal([5, 10]);
    await expectRule('framing/2.6');
  });

  it('test_disconnect_recovery', async () => {
    await serve();
    const leaver = await connect();
    await leaver.send(frames('bye'));
    await leaver.read(7);
    leaver.close();
    expect(await server.waitFor('client_close')).to.include({ conn: 1, reason: 'disconnect' });
    await expectService();
    await expectRule('connection/1.3');
  });

  it('test_oversize_reject', async () => {
    await serve();
    const peer = await connect();
    await peer.send(Buffer.concat([frameHeader(70_000), Buffer.alloc(70_000, 0x41)]));
    expect(await peer.readToEnd()).to.have.length(0);
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('frame_oversize')).to.include({
      level: 'error',
      announced: 70_000,
      max_payload: 65_536,
    });
    peer.close();
    expect(await server.waitFor('client_close')).to.include({ reason: 'frame_oversize', frames: 0 });
    await expectService();
    await expectRule('limits/4.3');
    await expectRule('limits/4.5');
  });

  it('test_recv_timeout', async () => {
    await serve('--timeout', '0.3');
    const peer = await connect();
    expect(await peer.readToEnd()).to.have.length(0);
    expect(peer.ended).to.equal('fin');
    expect(await server.waitFor('recv_timeout')).to.include({ level: 'warn', errno: 11, timeout_sec: 0.3 });
    expect((await server.waitFor('client_close')).duration_ms).to.be.at.least(300);
    await expectRule('timeouts/5.1', { serverTimeout: 0.3 });
  });

  it('test_partial_header_timeout', async () => {
    await serve('--timeout', '1'); // time enough to send half a header
    const peer = await connect();
    await peer.send(Buffer.from([0, 0]));
    expect(await peer.readToEnd()).to.have.length(0);
    expect(await server.waitFor('client_close')).to.include({ reason: 'recv_timeout', bytes_in: 2, frames: 0 });
    await expectService();
    await expectRule('timeouts/5.3', { serverTimeout: 1 });
  });

  it('test_sigpipe_survival', async () => {
    await serve();
    const victim = await Peer.connect(server.port, { paused: true });
    peers.push(victim);
    // More than the sockets' buffers hold: the server is in the middle of its echo when the client goes.
    void victim.send(frames(...Array.from({ length: 400 }, () => Buffer.alloc(65_536, 0x42))));
    await server.waitFor('frame_send');
    victim.reset();
    const { reason } = await server.waitFor('client_close');
    expect(reason).to.be.oneOf(['client_reset', 'broken_pipe']);
    await expectService();
    await expectRule('connection/1.6');
  });

  it('test_load_50_clients', async () => {
    await serve();
    const flags = ['--port', `${server.port}`, '--clients', '50', '--messages', '5', '--json'];
    const load = await runTrustctl(['echo-load-test', ...flags, '--server-pid', `${server.pid}`]);
    expect(load.stderr).to.equal('');
    expect(load.code).to.equal(0);
    const report = JSON.parse(load.stdout) as Report;
    expect(report.clients).to.equal(50);
    expect(report.messages).to.include({ sent: 250, ok: 250, failed: 0 });
    expect(report.fds.after).to.equal(report.fds.before);
  });
});

interface Report {
  clients: number;
  messages: { sent: number; ok: number; failed: number };
  fds: { before: number; after: number };
}
