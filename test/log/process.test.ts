import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Peer, frames, manyFrames } from '../support/peer';
import { BIN, type LogEvent, ServerProcess, cleanEnvironment, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const parse = (text: string): LogEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogEvent);

/** A server whose standard output is the test's business: what it logs is read from its log file. */
class Service {
  private constructor(
    readonly child: ChildProcess,
    readonly file: string,
  ) {}

  /** @param stdout what bash makes of standard output (`> /dev/full`), a descriptor, or `pipe`: one that the test holds */
  static async start(stdout: string | number, flags: readonly string[] = []): Promise<Service> {
    const file = join(temporaryFolder(), 'trustctl.log');
    const redirection = typeof stdout === 'string' && stdout !== 'pipe' ? stdout : '';
    const descriptor = typeof stdout === 'number' ? stdout : 'pipe';
    const script = `exec ${BIN} echo-server --port 0 --log-file ${file} "$@" ${redirection}`;
    const child = spawn('bash', ['-c', script, 'bash', ...flags], {
      env: cleanEnvironment(),
      stdio: ['ignore', redirection === '' ? descriptor : 'ignore', 'pipe'],
    });
    const service = new Service(child, file);
    await until(() => service.all('server_start').length > 0);
    return service;
  }

  /** What it logged so far, in whole lines. */
  get events(): LogEvent[] {
    const text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    return parse(text.slice(0, text.lastIndexOf('\n') + 1));
  }

  all(event: string): LogEvent[] {
    return this.events.filter((line) => line.event === event);
  }

  get port(): number {
    return this.all('server_start')[0]!.port as number;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill(signal);
    return (await exited)[0];
  }
}

/** One frame there and back: the server serves. */
async function serves(port: number): Promise<void> {
  const peer = await Peer.connect(port);
  await peer.send(frames('still there'));
  expect(await peer.read(15)).to.deep.equal(frames('still there'));
  peer.halfClose();
  await peer.readToEnd();
  peer.close();
}

describe('the log of a server, the process', () => {
  const running: { stop(signal: NodeJS.Signals): Promise<number | null> }[] = [];
  const started = <T extends (typeof running)[number]>(one: T): T => {
    running.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
  });

  it('loses a reader that leaves (| head -1), says so in the file and serves on', async () => {
    const service = started(await Service.start('> >(head -1 > /dev/null)'));
    while (service.all('log_file_unavailable').length === 0) await serves(service.port);
    await serves(service.port);
    expect(service.all('log_file_unavailable').map(({ path, code, errno }) => [path, code, errno])).to.deep.equal([
      ['standard output', 'EPIPE', 32],
    ]);
    expect(await service.stop()).to.equal(0);
    expect(service.all('cmd_finish')).to.have.length(1);
  });

  it('meets a full disk on standard output, says so in the file and serves on', async () => {
    const service = started(await Service.start('> /dev/full'));
    await serves(service.port);
    expect(await service.stop()).to.equal(0);
    expect(service.all('log_file_unavailable').map(({ path, code }) => [path, code])).to.deep.equal([
      ['standard output', 'ENOSPC'],
    ]);
    expect(service.all('client_close')).to.have.length(1);
  });

  for (const [what, flags, env, code] of [
    ['is on a full disk', () => ['--log-file', '/dev/full'], () => ({}), 'ENOSPC'],
    ['lies below a file', () => [], (file: string) => ({ TRUST_HOME: join(file, 'home') }), 'ENOTDIR'],
    ['lies where nothing can be made', () => [], () => ({ TRUST_HOME: '/proc/none' }), 'ENOENT'],
  ] as const) {
    it(`says once on standard output that its file ${what}, and serves on`, async () => {
      const file = join(temporaryFolder(), 'a-file');
      writeFileSync(file, '');
      const server = started(await ServerProcess.start(flags(), { env: env(file) }));
      expect(await server.waitFor('log_file_unavailable')).to.include({ level: 'warn', code });
      await serves(server.port);
      await serves(server.port);
      expect(await server.stop()).to.equal(0);
      expect(server.all('log_file_unavailable')).to.have.length(1);
      expect(server.all('client_close')).to.have.length(2);
      expect(server.events.at(-1)).to.include({ event: 'cmd_finish', exit: 0 });
      expect(server.stderr).to.equal('');
    });
  }

  it('survives both its destinations', async () => {
    const flags = ['--port', '0', '--log-file', '/dev/full'];
    const script = `exec ${BIN} echo-server ${flags.join(' ')} > /dev/full`;
    const child = spawn('bash', ['-c', script], { env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exited = once(child, 'exit');
    await until(() => listeningPort(child.pid!) !== undefined);
    await serves(listeningPort(child.pid!)!);
    child.kill('SIGTERM');
    expect((await exited)[0]).to.equal(0);
    expect(stderr).to.equal('');
  });

  describe('that nobody reads', () => {
    let fifo: number;
    let service: Service;

    beforeEach(async () => {
      const path = join(temporaryFolder(), 'fifo');
      execFileSync('mkfifo', [path]);
      fifo = openSync(path, 'r+');
      const write = openSync(path, 'w');
      service = started(await Service.start(write, ['--log-level', 'debug']));
      closeSync(write);
    });
    afterEach(() => closeSync(fifo));

    /** Has so many frames echoed; at `debug` each is two lines. */
    async function echo(count: number): Promise<void> {
      const peer = await Peer.connect(service.port);
      const wire = manyFrames(count, 8);
      void peer.send(wire);
      expect((await peer.read(wire.length)).equals(wire)).to.equal(true);
      peer.close();
    }

    it('delays no client and holds up no exit, and the file has every line', async () => {
      await echo(3000);
      expect(await service.stop()).to.equal(0);
      expect(service.all('frame_send')).to.have.length(3000);
      expect(service.all('cmd_finish')).to.have.length(1);
    });

    it('leaves the open pipe as it was for those that share it', async () => {
      await echo(3000);
      const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/${service.child.pid}/fdinfo/1`, 'utf8'))![1]!;
      expect(parseInt(flags, 8) & constants.O_NONBLOCK).to.equal(0);
    });

    it('keeps a bounded number of lines, whole ones, and counts what is missing when it is read again', async () => {
      for (let round = 0; round < 3; round++) await echo(6000);
      let text = '';
      const chunk = Buffer.alloc(1 << 16);
      while (!/"event":"log_dropped"[^\n]*\n/.test(text)) {
        text += chunk.toString('utf8', 0, readSync(fifo, chunk));
        await new Promise(setImmediate);
      }
      expect(text.length).to.be.below(6 << 20);
      const lines = parse(text.slice(0, text.lastIndexOf('\n') + 1));
      const dropped = lines.find(({ event }) => event === 'log_dropped')!;
      expect(dropped).to.include({ level: 'warn', path: 'standard output' });
      const before = lines.slice(0, lines.indexOf(dropped)).length;
      await until(() => service.all('log_dropped').length > 0);
      const logged = service.events.findIndex(({ event }) => event === 'log_dropped');
      expect(before + (dropped.count as number)).to.equal(logged);
    });
  });

  it('does not hold up the exit where standard output is a socket that nobody reads', async () => {
    const service = started(await Service.start('pipe', ['--log-level', 'debug']));
    const peer = await Peer.connect(service.port);
    const wire = manyFrames(5000, 8);
    void peer.send(wire);
    expect((await peer.read(wire.length)).equals(wire)).to.equal(true);
    peer.close();
    expect(await service.stop()).to.equal(0);
    expect(service.all('frame_recv')).to.have.length(5000);
  });

  it('is pretty on a terminal, in colour unless NO_COLOR is set, and JSON in the file', async () => {
    for (const [env, coloured] of [
      [{ TERM: 'xterm' }, true],
      [{ TERM: 'xterm', NO_COLOR: '1' }, false],
      [{ TERM: 'dumb' }, false],
    ] as const) {
      const file = join(temporaryFolder(), 'trustctl.log');
      const command = `exec ${BIN} echo-server --port 0 --log-file ${file}`;
      const terminal = spawn('script', ['-qfec', command, '/dev/null'], { env: cleanEnvironment(env) });
      let screen = '';
      terminal.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
      const exited = once(terminal, 'close');
      await until(() => screen.includes('server_start') && existsSync(file));
      await until(() => readFileSync(file, 'utf8').includes('server_start'));
      process.kill(parse(readFileSync(file, 'utf8'))[0]!.pid as number, 'SIGTERM');
      await exited;
      expect(screen.includes('\u001b['), screen).to.equal(coloured);
      // eslint-disable-next-line no-control-regex
      const plain = screen.replaceAll(/\u001b\[\d+m/g, '');
      expect(plain).to.match(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: cmd_start cmd=echo-server request_id=/);
      expect(plain)
        .to.match(/server_start host=127\.0\.0\.1 port=\d+ /)
        .and.match(/WARN: signal_received signal=SIGTERM/);
      expect(plain).to.match(/cmd_finish exit=0 duration_ms=\d+\r?\n$/);
      expect(parse(readFileSync(file, 'utf8')).at(-1)).to.include({ event: 'cmd_finish' });
    }
  });
});

/** The port that a process listens on, as the system tells it: for one that can tell nothing itself. */
function listeningPort(pid: number): number | undefined {
  const inodes = new Set(
    execFileSync('bash', ['-c', `readlink /proc/${pid}/fd/* || true`])
      .toString()
      .match(/(?<=socket:\[)\d+/g),
  );
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const row = rows.find(([, , , state, , , , , , inode = '']) => state === '0A' && inodes.has(inode));
  return row === undefined ? undefined : parseInt(row[1]!.split(':')[1]!, 16);
}
