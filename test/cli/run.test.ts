import { existsSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { Peer } from '../support/peer';
import { type LogEvent, ServerProcess, runTrustctl, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const parse = (text: string): LogEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogEvent);

describe('a run', () => {
  let home: string;
  let file: string;
  const logged = (): LogEvent[] => parse(readFileSync(file, 'utf8'));

  const servers: ServerProcess[] = [];
  const start = async (...given: Parameters<typeof ServerProcess.start>): Promise<ServerProcess> => {
    const server = await ServerProcess.start(...given);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop('SIGKILL')));
  });

  beforeEach(() => {
    home = join(temporaryFolder(), 'home');
    file = join(home, 'logs', 'trustctl.log');
  });

  it('logs the same lines to standard output and to the file, from cmd_start to cmd_finish', async () => {
    const server = await start(['--request-id', 'mine'], { env: { TRUST_HOME: home } });
    expect(await server.stop()).to.equal(0);
    expect(server.stderr).to.equal('');
    expect(logged()).to.deep.equal(server.events);
    expect(server.events.map(({ event }) => event)).to.deep.equal([
      'cmd_start',
      'server_start',
      'server_ready',
      'signal_received',
      'server_draining',
      'cmd_finish',
    ]);
    for (const line of server.events) expect(line).to.include({ cmd: 'echo-server', request_id: 'mine' });
    expect(server.all('signal_received')[0]).to.include({ level: 'warn', signal: 'SIGTERM', action: 'drain' });
    expect(server.events.at(-1)).to.include({ exit: 0 }).and.have.property('duration_ms').that.is.a('number');
  });

  it('tells which config files it read', async () => {
    const server = await start([], { env: { TRUST_HOME: home, NODE_ENV: 'production' } });
    expect(await server.waitFor('cmd_start')).to.deep.include({
      config_files: ['config/default.json', 'config/production.json'],
    });
  });

  it('that looks for a host that is not there says so once, in words', async () => {
    // A resolver asks again when an answer is lost, and takes seconds for it.
    for (const command of ['echo-server', 'echo-client --timeout 50', 'echo-check --timeout 50']) {
      const { code, stderr } = await runTrustctl([...command.split(' '), '--host', 'nowhere.invalid'], { input: 'x' });
      expect(code, command).to.equal(68);
      expect(stderr).to.match(
        new RegExp(
          `^trustctl ${command.split(' ')[0]}: cannot (find host nowhere\\.invalid|connect to nowhere\\.invalid:9900): (no such host \\(ENOTFOUND\\)|the name server does not answer \\(EAI_AGAIN\\)); check --host`,
        ),
      );
    }
  });

  it('that cannot listen leaves fatal and cmd_finish on standard output and in the file, and one line on standard error', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const result = await runTrustctl(['echo-server', '--port', String(port)], { env: { TRUST_HOME: home } });
    taken.close();
    expect(result.code).to.equal(69);
    const lines = parse(result.stdout);
    expect(lines.map(({ event }) => event)).to.deep.equal(['cmd_start', 'fatal', 'cmd_finish']);
    expect(lines[1]).to.include({ level: 'error', code: 'EADDRINUSE', errno: 98 });
    expect(lines[2]).to.include({ exit: 69 });
    expect(logged()).to.deep.equal(lines);
    expect(result.stderr).to.equal(
      `trustctl echo-server: cannot listen on 127.0.0.1 port ${port}: address already in use (EADDRINUSE); ` +
        'another process listens there: stop it, or choose another --port (0 picks a free one)\n',
    );
  });

  it('that fails in another command tells the person once, and the file all of it', async () => {
    const args = ['echo-client', '--port', String(await freePort()), 'A'];
    const result = await runTrustctl(args, { env: { TRUST_HOME: home } });
    expect(result.code).to.equal(69);
    expect(result.stdout).to.equal('');
    expect(result.stderr).to.match(/^trustctl echo-client: [^\n]*ECONNREFUSED[^\n]*\n$/);
    const lines = logged();
    expect(lines.at(-2)).to.include({ event: 'fatal', code: 'ECONNREFUSED', errno: 111, cmd: 'echo-client' });
    expect(lines.at(-1)).to.include({ event: 'cmd_finish', exit: 69 });
  });

  for (const [kind, message] of [
    ['exception', 'internal error: injected fault'],
    ['rejection', 'internal error: injected fault'],
    ['text', 'internal error: just text'],
    ['system', 'injected fault'],
  ] as const) {
    it(`that meets an uncaught fault (${kind}) logs it, says one line and exits with 70`, async () => {
      const server = await start([], { env: { TRUST_HOME: home, ...faulty(kind) } });
      expect(await server.stop('SIGUSR2')).to.equal(70);
      expect(server.events.slice(-2).map(({ event }) => event)).to.deep.equal(['fatal', 'cmd_finish']);
      expect(server.events.at(-2)).to.have.property('message').that.contains(message);
      expect(server.events.at(-1)).to.include({ exit: 70 });
      expect(logged()).to.deep.equal(server.events);
      expect(server.stderr).to.match(new RegExp(`^trustctl echo-server: ${message}[^\n]*\n$`));
    });
  }

  it('shows where an internal error came from to one who asked for details', async () => {
    const server = await start(['--log-level', 'debug'], { env: faulty('exception') });
    expect(await server.stop('SIGUSR2')).to.equal(70);
    expect(server.stderr).to.contain('fault.js').and.contain('\n    at ');
  });

  it('goes on in a new log file after SIGHUP', async () => {
    const server = await start([], { env: { TRUST_HOME: home } });
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('server_start'));
    renameSync(file, `${file}.1`);
    server.child.kill('SIGHUP');
    expect(await server.waitFor('signal_received')).to.include({ signal: 'SIGHUP', action: 'reopen' });
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') (await Peer.connect(server.port)).close();
    expect(await server.stop()).to.equal(0);
    expect([...parse(readFileSync(`${file}.1`, 'utf8')), ...logged()]).to.deep.equal(server.events);
    expect(logged().at(-1)).to.include({ event: 'cmd_finish' });
  });

  it('gives its log file a line for every line, whatever way it ends', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR2'] as const) {
      const path = join(temporaryFolder(), `${signal}.log`);
      const server = await start(['--log-file', path], { env: faulty('exception') });
      await server.stop(signal);
      expect(parse(readFileSync(path, 'utf8')), signal).to.deep.equal(server.events);
      expect(server.events.at(-1)!.event).to.equal('cmd_finish');
    }
  });
});

/** The environment of a run that SIGUSR2 makes fail. */
function faulty(kind: string): Record<string, string> {
  return { FAULT: kind, NODE_OPTIONS: `--require ${resolve(__dirname, 'fixtures/fault.js')}` };
}
