import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { AdminClient } from '../support/admin';
import { Peer, frames, manyFrames } from '../support/peer';
import { ServerProcess, runTrustctl, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const ON = ['--admin-port', '0'];
const MODULES = resolve(__dirname, '../cli/fixtures/loaded-modules.js');

describe('the admin endpoint', () => {
  let server: ServerProcess;
  const peers: Peer[] = [];
  const connect = async (port = server.port, paused = false): Promise<Peer> => {
    const peer = await Peer.connect(port, { paused });
    peers.push(peer);
    return peer;
  };

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    await server.stop('SIGKILL');
  });

  it('tells that the process turns, that it takes clients, and its metrics', async () => {
    server = await ServerProcess.start(ON);
    await server.waitFor('server_ready');
    const admin = await AdminClient.of(server);
    expect(await admin.get('/livez')).to.include({ status: 200, text: 'alive\n' });
    expect(await admin.get('/readyz?from=here')).to.include({ status: 200, text: 'ready\n' });
    const { status, headers, text } = await admin.get('/metrics');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(text)
      .to.match(/^trustctl_ready 1$/m)
      .and.match(/^trustctl_build_info\{version="[\d.]+",node_version="v/m);
    expect(server.all('admin_start')[0]).to.include({ host: '127.0.0.1', port: admin.port });
  });

  it('answers GET and HEAD only, and names its pages where one is asked for that there is not', async () => {
    server = await ServerProcess.start(ON);
    const admin = await AdminClient.of(server);
    const head = await admin.get('/livez', 'HEAD');
    expect(head).to.include({ status: 200, text: '' });
    expect(head.headers.get('content-length')).to.equal('6');
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await admin.get('/metrics', method);
      expect({ status, allow: headers.get('allow') }).to.deep.equal({ status: 405, allow: 'GET, HEAD' });
    }
    const unknown = await admin.get('/constructor');
    expect(unknown).to.include({ status: 404, text: 'no such page; there are /livez, /readyz, /metrics\n' });
  });

  it('closes a connection that sends what is no HTTP', async () => {
    server = await ServerProcess.start(ON);
    const admin = await AdminClient.of(server);
    const peer = await connect(admin.port);
    await peer.send(frames('hello'));
    expect((await peer.readToEnd()).toString()).to.match(/^HTTP\/1.1 400 /);
    expect(await admin.get('/livez')).to.include({ status: 200 });
  });

  it('counts a connection while it is open', async () => {
    server = await ServerProcess.start(ON);
    const admin = await AdminClient.of(server);
    const peer = await connect();
    await peer.send(frames('one', 'two'));
    await peer.read(14);
    await until(async () => (await admin.samples()).get('trustctl_sent_bytes_total') === 14);
    const during = await admin.samples();
    expect(during.get('trustctl_connections{state="serving"}')).to.equal(1);
    expect(during.get('trustctl_connections_accepted_total')).to.equal(1);
    expect(during.get('trustctl_received_bytes_total')).to.equal(14);
    expect(during.get('trustctl_frames_received_total')).to.equal(2);
    peer.close();
    await server.waitFor('client_close');
    const after = await admin.samples();
    expect(after.get('trustctl_connections{state="serving"}')).to.equal(0);
    expect(after.get('trustctl_connections_closed_total{reason="disconnect"}')).to.equal(1);
    expect(after.get('trustctl_received_bytes_total')).to.equal(14);
  });

  it('counts a connection that is not logged, and one that a guard ends', async () => {
    server = await ServerProcess.start([...ON, '--log-connections', 'active', '--timeout', '0.2']);
    const admin = await AdminClient.of(server);
    await (await connect()).readToEnd();
    await until(
      async () => (await admin.samples()).get('trustctl_connections_closed_total{reason="recv_timeout"}') === 1,
    );
    const samples = await admin.samples();
    expect(samples.get('trustctl_guard_timeouts_total{guard="recv_timeout"}')).to.equal(1);
    expect(server.all('client_connect')).to.have.length(0);
  });

  it('tells the event-loop lag and the process in numbers that can be', async () => {
    server = await ServerProcess.start(ON);
    const admin = await AdminClient.of(server);
    await until(async () => ((await admin.samples()).get('trustctl_event_loop_lag_seconds_count') ?? 0) > 3);
    const samples = await admin.samples();
    const bucket = (le: string): number => samples.get(`trustctl_event_loop_lag_seconds_bucket{le="${le}"}`)!;
    expect(bucket('+Inf')).to.equal(samples.get('trustctl_event_loop_lag_seconds_count'));
    expect(bucket('10')).to.be.within(bucket('0.001'), bucket('+Inf'));
    expect(samples.get('process_open_fds')).to.be.within(10, samples.get('process_max_fds')!);
    expect(samples.get('process_resident_memory_bytes')).to.be.greaterThan(samples.get('nodejs_heap_size_used_bytes')!);
    expect(samples.get('process_cpu_seconds_total')).to.be.greaterThan(0);
    expect(samples.get('process_start_time_seconds')).to.be.closeTo(Date.now() / 1000, 60);
  });

  it('is not ready from the first signal on, and alive to the end', async () => {
    server = await ServerProcess.start([...ON, '--timeout', '0', '--shutdown-timeout', '60']);
    const admin = await AdminClient.of(server);
    const peer = await connect(server.port, true);
    void peer.send(manyFrames(1200, 65_536)); // its echo waits to be read
    await server.waitFor('client_connect');
    server.child.kill('SIGTERM');
    await server.waitFor('server_draining');
    expect(await admin.get('/readyz')).to.include({ status: 503, text: 'draining\n' });
    expect(await admin.get('/livez')).to.include({ status: 200 });
    expect((await admin.samples()).get('trustctl_ready')).to.equal(0);
    peer.close();
    expect((await server.exited).code).to.equal(0);
  });

  it('is off by default: nothing listens, nothing of it is loaded', async () => {
    const load = async (flags: string[]): Promise<string[]> => {
      const list = join(temporaryFolder(), 'modules.json');
      const env = { NODE_OPTIONS: `--require ${MODULES}`, LOADED_MODULES: list };
      server = await ServerProcess.start(flags, { env });
      await server.stop();
      return JSON.parse(readFileSync(list, 'utf8')) as string[];
    };
    expect(await load([])).to.not.include('prom-client');
    expect(server.all('admin_start')).to.have.length(0);
    expect(await load(ON)).to.include('prom-client');
  });

  it('exits with 69 and a sentence that names the setting, where its port is taken', async () => {
    server = await ServerProcess.start(ON);
    const { port } = await AdminClient.of(server);
    const second = await runTrustctl(['echo-server', '--port', '0', '--admin-port', String(port)]);
    expect(second.code).to.equal(69);
    expect(second.stderr).to.match(
      new RegExp(`^trustctl echo-server: admin\\.port: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*\\n$`),
    );
    expect(second.stdout).to.not.contain('server_start');
  });

  it('refuses to share the port of the service', async () => {
    const port = String(await freePort());
    const run = await runTrustctl(['echo-server', '--port', port, '--admin-port', port]);
    expect(run.code).to.equal(78);
    expect(run.stderr).to.match(/^trustctl echo-server: admin\.port and echo\.port are both \d+: [^\n]+\n$/);
    expect(run.stdout).to.not.contain('admin_start');
  });

  it('exits with 69 where the port of the service is taken, though the admin endpoint listens', async () => {
    server = await ServerProcess.start(ON);
    const second = await runTrustctl(['echo-server', '--port', String(server.port), ...ON]);
    expect(second.code).to.equal(69);
  });

  describe('is held up by nobody', () => {
    const scrape = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

    for (const [who, bytes] of [
      ['a scraper that never reads its answer', scrape],
      ['a request that is never finished', 'GET /metrics HTTP/1.1\r\nHost: x\r\n'],
      ['a scraper that asks on and on and never reads', scrape.repeat(20_000)],
      ['a connection that never asks', ''],
    ] as const) {
      it(`at SIGTERM: ${who}`, async () => {
        server = await ServerProcess.start([...ON, '--shutdown-timeout', '3600']);
        const admin = await AdminClient.of(server);
        const scraper = await connect(admin.port, true);
        void scraper.send(bytes).catch(() => undefined);
        await until(async () => (await admin.get('/livez')).status === 200);
        expect(await server.stop()).to.equal(0);
      });
    }

    it('while more connections are open than it keeps', async () => {
      server = await ServerProcess.start(ON);
      const admin = await AdminClient.of(server);
      const crowd = await Promise.all(Array.from({ length: 100 }, () => connect(admin.port)));
      expect(await admin.get('/readyz')).to.include({ status: 200 });
      await until(() => crowd.filter(({ ended }) => ended !== undefined).length >= 36);
      const peer = await connect();
      await peer.send(frames('x'));
      await peer.read(5);
    });

    it('and cuts off who does not finish a request', async () => {
      server = await ServerProcess.start(ON);
      const admin = await AdminClient.of(server);
      const slow = await connect(admin.port);
      await slow.send('GET /livez HTTP/1.1\r\n');
      expect((await slow.readToEnd()).toString()).to.match(/^HTTP\/1.1 408 /);
    });
  });

  it('is closed by a second signal as all else', async () => {
    server = await ServerProcess.start([...ON, '--drain-delay', '3600']);
    const admin = await AdminClient.of(server);
    await connect(admin.port);
    server.child.kill('SIGTERM');
    await server.waitFor('server_draining');
    server.child.kill('SIGTERM');
    expect((await server.exited).code).to.equal(75);
  });

  it('listens before the service does, and is not ready yet', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { stdout } = await runTrustctl(['echo-server', '--port', String(port), ...ON]);
    expect(stdout).to.contain('admin_start').and.not.contain('server_ready');
    taken.close();
  });
});
