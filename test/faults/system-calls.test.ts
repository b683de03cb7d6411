import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { Peer, frames } from '../support/peer';
import { ServerProcess, descriptorsOf, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

/** Errors injected into the system calls of a process by strace(1), from now on. */
class Injection {
  private constructor(
    private readonly tracer: ChildProcess,
    private readonly file: string,
  ) {}

  /**
   * @param calls as strace names them: `read,readv`
   * @param error what they fail with
   * @param when which of them, counted from 1: `1`, `1..3`
   * @param path what they are made on: a file, or `socket:[inode]`
   */
  static async into(pid: number, calls: string, error: string, when: string, path?: string): Promise<Injection> {
    const file = join(temporaryFolder(), 'strace');
    const inject = `inject=${calls}:error=${error}:when=${when}`;
    const on = path === undefined ? [] : ['-P', path];
    const args = ['-f', '-p', String(pid), '-o', file, '-e', `trace=${calls}`, '-e', inject, ...on];
    const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const line of createInterface(tracer.stderr)) {
      if (line.includes('attached')) return new Injection(tracer, file);
    }
    throw new Error(`strace did not attach to ${pid}`);
  }

  /** The calls that failed by it so far. */
  get count(): number {
    return readFileSync(this.file, 'utf8').split('(INJECTED)').length - 1;
  }

  async end(): Promise<void> {
    if (this.tracer.exitCode !== null || this.tracer.signalCode !== null) return;
    const ended = once(this.tracer, 'exit');
    this.tracer.kill('SIGINT');
    await ended;
  }
}

describe('a server whose system calls fail', function () {
  before(() => execFileSync('strace', ['--version'])); // Debian: apt-get install strace

  let server: ServerProcess;
  let injection: Injection | undefined;
  let file: string;

  beforeEach(async () => {
    file = join(temporaryFolder(), 'trustctl.log');
    server = await ServerProcess.start(['--log-file', file, '--timeout', '600']); // longer than strace takes to attach
  });
  afterEach(async () => {
    await injection?.end();
    injection = undefined;
    await server.stop('SIGKILL');
  });

  async function serves(): Promise<void> {
    const peer = await Peer.connect(server.port);
    await peer.send(frames('still there'));
    expect(await peer.read(15)).to.deep.equal(frames('still there'));
    peer.halfClose();
    await peer.readToEnd();
    peer.close();
  }

  /** It serves on, ends well, and every connection that it told of has closed once. */
  async function isSound(): Promise<void> {
    await serves();
    await injection?.end();
    expect(await server.stop()).to.equal(0);
    const of = (event: string): unknown[] => server.all(event).map(({ conn }) => conn);
    expect(of('client_close')).to.have.members(of('client_connect'));
    expect(server.stderr).to.equal('');
  }

  /** The socket of the only connection, as /proc names it. */
  function connectionSocket(known: ReadonlySet<string>): string {
    const socket = descriptorsOf(server.pid).find((name) => name.startsWith('socket:') && !known.has(name));
    if (socket === undefined) throw new Error('the server has no new socket');
    return socket;
  }

  for (const error of ['ECONNABORTED', 'EMFILE', 'ENFILE', 'ENOBUFS', 'EINTR', 'EPROTO']) {
    it(`accept4: ${error}`, async () => {
      injection = await Injection.into(server.pid, 'accept4', error, '1..3');
      const peers = await Promise.all(Array.from({ length: 5 }, () => Peer.connect(server.port)));
      for (const peer of peers) await peer.send(frames('x'));
      // Out of descriptors, those that wait are reset: nothing else would take them off the queue.
      await Promise.all(peers.map((peer) => peer.read(5).catch(() => undefined)));
      expect(injection.count).to.be.within(1, 3);
      peers.forEach((peer) => peer.close());
      await injection.end(); // what is left of it would meet the next client
      await isSound();
    });
  }

  for (const [calls, errors] of [
    ['read', ['EINTR', 'ECONNRESET', 'EPIPE', 'ENOBUFS']],
    ['write,writev', ['EINTR', 'ECONNRESET', 'EPIPE', 'ENOBUFS']],
  ] as const) {
    for (const error of errors) {
      it(`${calls}: ${error}`, async () => {
        const known = new Set(descriptorsOf(server.pid));
        const peer = await Peer.connect(server.port);
        await server.waitFor('client_connect');
        injection = await Injection.into(server.pid, calls, error, '1', connectionSocket(known));
        await peer.send(frames('hello'));
        const isTriedAgain = error === 'EINTR' || (calls !== 'read' && error === 'ENOBUFS');
        if (isTriedAgain) {
          expect(await peer.read(9)).to.deep.equal(frames('hello'));
          peer.halfClose();
        }
        await peer.readToEnd();
        peer.close();
        const { reason } = await server.waitFor('client_close');
        const reasons = { EINTR: 'disconnect', ECONNRESET: 'client_reset', EPIPE: 'broken_pipe', ENOBUFS: 'io_error' };
        expect(reason).to.equal(isTriedAgain ? 'disconnect' : reasons[error]);
        expect(injection.count).to.be.within(1, 10);
        await isSound();
      });
    }
  }

  for (const error of ['ENOSPC', 'EIO']) {
    it(`the log's write: ${error}`, async () => {
      await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('server_start'));
      injection = await Injection.into(server.pid, 'write,writev,pwrite64', error, '1..3', file);
      await serves();
      expect(await server.waitFor('log_file_unavailable')).to.include({ path: file, code: error });
      await isSound();
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).to.include('cmd_finish');
    });
  }
});
