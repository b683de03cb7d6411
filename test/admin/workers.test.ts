import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { AdminClient } from '../support/admin';
import { Peer, frames } from '../support/peer';
import { ServerProcess, childrenOf, killIfThere } from '../support/trustctl';
import { until } from '../support/until';

/** The command line with short pauses between restarts and pings. */
const FAST = { argv0: [process.execPath, join(resolve(__dirname, '../fixtures'), 'fast-workers.js')] };

const sumOf = (samples: ReadonlyMap<string, number>, metric: string): number =>
  [...samples].filter(([name]) => name.startsWith(metric)).reduce((sum, [, value]) => sum + value, 0);

describe('the metrics of several workers', () => {
  let server: ServerProcess;
  let admin: AdminClient;
  const peers: Peer[] = [];

  /** Clients until each worker has one, each with one echo of 5 bytes. */
  async function start(flags: readonly string[] = []): Promise<void> {
    server = await ServerProcess.start(['--workers', '2', '--admin-port', '0', '--timeout', '0', ...flags], FAST);
    await server.waitFor('server_ready');
    admin = await AdminClient.of(server);
  }
  async function connect(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const peer = await Peer.connect(server.port);
      peers.push(peer);
      await peer.send(frames('x'));
      await peer.read(5);
    }
  }
  const accepted = async (): Promise<number> =>
    (await admin.samples()).get('trustctl_connections_accepted_total') ?? NaN;

  afterEach(async () => {
    peers.splice(0).forEach((peer) => peer.close());
    childrenOf(server.pid).forEach((pid) => killIfThere(pid, 'SIGCONT'));
    await server.stop('SIGKILL');
  });

  it('are one set', async () => {
    await start();
    await connect(20);
    await until(async () => (await admin.samples()).get('trustctl_sent_bytes_total') === 100);
    const samples = await admin.samples();
    expect(samples.get('trustctl_connections_accepted_total')).to.equal(20);
    expect(samples.get('trustctl_connections{state="serving"}')).to.equal(20);
    expect(samples.get('trustctl_frames_received_total')).to.equal(20);
    expect(samples.get('trustctl_received_bytes_total')).to.equal(100);
    expect(samples.get('trustctl_workers')).to.equal(2);
    expect(samples.get('process_resident_memory_bytes')).to.be.greaterThan(3 * 30e6);
  });

  it('do not go down when workers die, and every accepted connection is open or closed', async () => {
    await start();
    await connect(20);
    await until(async () => (await admin.samples()).get('trustctl_sent_bytes_total') === 100);
    childrenOf(server.pid).forEach((pid) => process.kill(pid, 'SIGKILL'));
    await server.waitFor('worker_start', () => server.all('worker_start').length === 4);
    const samples = await admin.samples();
    expect(samples.get('trustctl_connections_accepted_total')).to.equal(20);
    expect(samples.get('trustctl_connections_closed_total{reason="worker_exit"}')).to.equal(20);
    expect(samples.get('trustctl_received_bytes_total')).to.equal(100);
    expect(samples.get('trustctl_worker_restarts_total')).to.equal(2);
    expect(sumOf(samples, 'trustctl_connections{')).to.equal(0);
  });

  it('keep what workers counted that die before any scrape', async () => {
    await start();
    const served = (count: number): Promise<unknown> =>
      server.waitFor('client_close', () => server.all('client_close').length === count);
    let clients = 0;
    await until(async () => {
      await connect(2);
      clients += 2;
      peers.splice(0).forEach((peer) => peer.close());
      await served(clients);
      // The restart of one takes longer than the other needs to be asked; else the next round is the one that shows it.
      for (const pid of childrenOf(server.pid)) {
        const starts = server.all('worker_start').length;
        process.kill(pid, 'SIGKILL');
        await server.waitFor('worker_start', () => server.all('worker_start').length > starts);
      }
      return (await accepted()) > 0;
    });
  });

  it('hold the last known values of a worker that hangs, and are told nevertheless', async () => {
    await start();
    await connect(20);
    await until(async () => (await accepted()) === 20);
    const [hung] = childrenOf(server.pid);
    process.kill(hung!, 'SIGSTOP');
    const samples = await admin.samples();
    expect(samples.get('trustctl_connections_accepted_total')).to.equal(20);
    expect(sumOf(samples, 'trustctl_connections{')).to.equal(20);
    expect(await admin.get('/livez')).to.include({ status: 200 });
  });

  it('keep those of a worker that stopped before the others', async () => {
    await start(['--shutdown-timeout', '60', '--drain-delay', '0.2']);
    await connect(4);
    await until(async () => (await accepted()) === 4);
    const held = await Peer.connect(server.port, { paused: true });
    peers.push(held);
    const big = Buffer.concat(Array.from({ length: 400 }, () => frames(Buffer.alloc(65_536))));
    void held.send(big).catch(() => undefined);
    await held.stuck();
    server.child.kill('SIGTERM');
    await server.waitFor('client_close', () => server.all('client_close').length === 4);
    await until(() => childrenOf(server.pid).length === 1);
    expect((await admin.samples()).get('trustctl_connections_accepted_total')).to.equal(5);
    held.close();
    expect((await server.exited).code).to.equal(0);
  });

  it('tell that no worker serves, while none does', async () => {
    await start();
    await until(async () => {
      // Again and again, as they may be back before this process comes to ask.
      childrenOf(server.pid).forEach((pid) => killIfThere(pid, 'SIGKILL'));
      const { status, text } = await admin.get('/readyz');
      return `${status} ${text.trim()}` === '503 unready';
    });
    await server.waitFor('server_unready');
    await server.waitFor('server_ready', () => server.all('server_ready').length > 1);
    await until(async () => (await admin.get('/readyz')).status === 200);
  });
});
