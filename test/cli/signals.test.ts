import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { Peer, frames } from '../support/peer';
import { echo, scriptedServer, silent } from '../support/scripted-server';
import { Terminal } from '../support/terminal';
import { BIN, type LogEvent, ServerProcess, cleanEnvironment, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const eventsIn = (file: string): LogEvent[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as LogEvent)
    : [];

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs until it is told to stop. */
class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;

  constructor(args: readonly string[]) {
    this.child = spawn(BIN, args, { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    const [code] = (await closed) as [number | null];
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

describe('a signal amid', () => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  afterEach(() => server.close());

  for (const [signal, exit] of [
    ['SIGTERM', 75],
    ['SIGINT', 130],
  ] as const) {
    it(`echo-check: ${signal} makes it ${exit}, and every report says that it was interrupted`, async () => {
      // The first two clients are answered, and no case is.
      server = await scriptedServer((socket, connection) => (connection <= 2 ? echo : silent)(socket, connection));
      const junit = join(temporaryFolder(), 'report.xml');
      const reports = ['--json', '--junit', junit];
      const running = new Running([
        'echo-check',
        'framing',
        '--port',
        String(server.port),
        '--timeout',
        '60',
        ...reports,
      ]);
      await until(() => server.connections > 2);
      const { code, stdout, stderr } = await running.stop(signal);
      const report = JSON.parse(stdout) as { interrupted: boolean; passed: number; cases: { reason?: string }[] };
      expect(report).to.include({ interrupted: true, passed: 0 });
      expect(report.cases.filter(({ reason }) => reason?.startsWith('interrupted'))).to.have.length.of.at.least(10);
      const xml = readFileSync(junit, 'utf8');
      expect(xml)
        .to.match(/<testsuites [^>]*errors="[1-9]\d*"/)
        .and.contain('<error type="interrupted"');
      expect(code).to.equal(exit);
      expect(stderr).to.match(new RegExp(`"signal":"${signal}"`));
    });

    it(`echo-load-test: ${signal} makes it ${exit}, with a report of what there is`, async () => {
      server = await scriptedServer(echo);
      const running = new Running(['echo-load-test', '--port', String(server.port), '--duration', '60', '--progress']);
      await once(createInterface(running.child.stderr!), 'line');
      const { code, stdout } = await running.stop(signal);
      expect(stdout)
        .to.match(/^total: 1 clients?, [1-9]\d* messages/m)
        .and.contain('interrupted');
      expect(code).to.equal(exit);
    });

    it(`echo-client: ${signal} makes it ${exit}`, async () => {
      server = await scriptedServer(silent);
      const running = new Running(['echo-client', '--port', String(server.port), '--timeout', '60', 'A']);
      await until(() => server.connections > 0);
      const { code, stdout } = await running.stop(signal);
      expect({ code, stdout }).to.deep.equal({ code: exit, stdout: '' });
    });
  }

  it('echo-check as text says it in the summary, also where the server was still being looked at', async () => {
    server = await scriptedServer(silent);
    const running = new Running(['echo-check', 'framing', '--port', String(server.port), '--timeout', '60']);
    await until(() => server.connections === 2);
    const { code, stdout } = await running.stop('SIGTERM');
    expect(stdout).to.match(/\ninterrupted: 0 passed, 0 failed, \d+ skipped in/);
    expect(code).to.equal(75);
  });
});

describe('when the terminal is closed', () => {
  let home: string;
  const logged = (): LogEvent[] => eventsIn(join(home, 'logs/trustctl.log'));
  const of = (event: string): LogEvent | undefined => logged().find((line) => line.event === event);
  beforeEach(() => (home = join(temporaryFolder(), 'home')));

  for (const workers of ['1', '2']) {
    it(`a server of ${workers} drains and ends with 129`, async () => {
      const terminal = new Terminal(`trustctl echo-server --port 0 --workers ${workers}`, { TRUST_HOME: home });
      await until(() => of('server_start') !== undefined);
      const { port, pid } = of('server_start') as unknown as { port: number; pid: number };
      const peer = await Peer.connect(port);
      await peer.send(frames('before'));
      await peer.read(10);
      await terminal.close();
      expect(await terminal.exitCode()).to.equal(129);
      expect(await peer.readToEnd()).to.deep.equal(frames('before'));
      expect(peer.ended).to.equal('fin');
      peer.close();
      expect(of('signal_received')).to.include({ signal: 'SIGHUP', action: 'drain' });
      expect(logged().at(-1)).to.include({ event: 'cmd_finish', exit: 129 });
      expect(() => process.kill(pid, 0)).to.throw('ESRCH');
    });
  }

  it('a server under nohup lives on', async () => {
    const folder = temporaryFolder();
    const terminal = new Terminal(`cd ${folder}; nohup ${BIN} echo-server --port 0`, { TRUST_HOME: home });
    await until(() => of('server_start') !== undefined);
    const { port, pid } = of('server_start') as unknown as { port: number; pid: number };
    await terminal.close();
    await until(() => of('signal_received') !== undefined);
    expect(of('signal_received')).to.include({ signal: 'SIGHUP', action: 'reopen' });
    const peer = await Peer.connect(port);
    await peer.send(frames('after'));
    expect(await peer.read(9)).to.deep.equal(frames('after'));
    peer.close();
    process.kill(pid, 'SIGTERM');
    expect(await terminal.exitCode()).to.equal(0);
  });

  it('a server that is told to reopen its log in a terminal that is there does so', async () => {
    const terminal = new Terminal('trustctl echo-server --port 0', { TRUST_HOME: home });
    await until(() => of('server_start') !== undefined);
    process.kill(of('server_start')!.pid as number, 'SIGHUP');
    await until(() => of('signal_received') !== undefined);
    expect(of('signal_received')).to.include({ action: 'reopen' });
    await terminal.close();
    expect(await terminal.exitCode()).to.equal(129);
  });

  describe('a command ends with 129:', () => {
    let server: Awaited<ReturnType<typeof scriptedServer>>;
    afterEach(() => server.close());

    for (const [command, script] of [
      ['echo-load-test --duration 60', echo],
      ['echo-check framing --timeout 60', silent],
      ['echo-client A --timeout 60', silent],
      ['echo-client --timeout 60', silent],
    ] as const) {
      it(command, async () => {
        server = await scriptedServer(script);
        const terminal = new Terminal(`trustctl ${command} --port ${server.port}`, { TRUST_HOME: home });
        const readsTheTerminal = command.startsWith('echo-client --');
        await until(() => (readsTheTerminal ? of('cmd_start') !== undefined : server.connections > 0));
        await terminal.close();
        expect(await terminal.exitCode()).to.equal(129);
        expect(logged().at(-1)).to.include({ event: 'cmd_finish', exit: 129 });
      });
    }
  });
});

describe('SIGUSR1', () => {
  // Node says on standard error that its debugger listens, and that it cannot where its port is taken.

  it('opens no debugger, in the server and in its workers', async () => {
    const server = await ServerProcess.start(['--workers', '2']);
    const workers = readdirSync(`/proc/${server.pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${server.pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
    expect(workers).to.have.length(2);
    for (const pid of [server.pid, ...workers]) process.kill(pid, 'SIGUSR1');
    const peer = await Peer.connect(server.port);
    await peer.send(frames('served'));
    await peer.read(10);
    peer.close();
    expect(await server.stop()).to.equal(0);
    expect(server.stderr).to.equal('');
  });

  it('opens no debugger in a client', async () => {
    await using server = await scriptedServer(silent);
    const running = new Running(['echo-client', '--port', String(server.port), 'A']);
    await until(() => server.connections > 0);
    running.child.kill('SIGUSR1');
    const { stderr } = await running.stop('SIGTERM');
    expect(stderr).to.not.match(/debugger|inspector/i);
  });
});
