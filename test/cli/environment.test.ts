import { execFile } from 'node:child_process';
import { constants, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { echo, scriptedServer, silent } from '../support/scripted-server';
import { Terminal } from '../support/terminal';
import { BIN, ServerProcess, cleanEnvironment, runTrustctl, temporaryFolder } from '../support/trustctl';

describe('without a home folder', () => {
  const NODE_OPTIONS = `--require ${resolve(__dirname, 'fixtures/no-passwd-entry.js')}`;
  let cwd: string;
  beforeEach(() => (cwd = temporaryFolder()));
  afterEach(() => expect(readdirSync(cwd)).to.deep.equal([]));

  /** What env(1) makes of it. */
  const ways = { 'no HOME': ['-u', 'HOME'], 'an empty HOME': ['HOME='] };

  for (const [what, env] of Object.entries(ways)) {
    const run = (...args: string[]): ReturnType<typeof runTrustctl> =>
      runTrustctl(args, { cwd, env: { NODE_OPTIONS }, argv0: ['env', '-u', 'TRUST_HOME', ...env, BIN] });

    it(`(${what}) version, help and settings are told as ever`, async () => {
      for (const args of [['--version'], ['--help'], ['echo-server', '--help'], ['config', 'show']]) {
        const { code, stdout, stderr } = await run(...args);
        expect({ code, stderr }, args.join(' ')).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.not.equal('');
      }
    });

    it(`(${what}) a client works, says once that its log has no place, and nothing where it needs none`, async () => {
      await using server = await scriptedServer(echo);
      const told = await run('echo-client', '--port', String(server.port), 'A');
      expect(told).to.include({ code: 0, stdout: 'A\n' });
      expect(told.stderr).to.match(
        /^\{.*"event":"log_file_unavailable".*"message":"there is no home folder to keep the log in: .*\}\n$/,
      );
      const quiet = await run('echo-client', '--port', String(server.port), '--log-file', '', 'A');
      expect(quiet).to.include({ code: 0, stdout: 'A\n', stderr: '' });
    });

    it(`(${what}) a path that begins at home is refused in a sentence`, async () => {
      for (const flag of [
        ['--log-file', '~/a.log'],
        ['--trust-home', '~'],
        ['--log-file', '<trustHome>/a'],
        ['--tls-ca', '~/ca.pem'],
      ]) {
        const { code, stdout, stderr } = await run('echo-client', ...flag, 'A');
        expect({ code, stdout }).to.deep.equal({ code: 64, stdout: '' });
        expect(stderr).to.match(
          /^trustctl: flag --[a-z-]+: "[^\n]*" needs a home folder, and there is none: [^\n]+\n$/,
        );
      }
    });
  }

  it('a server serves', async () => {
    const server = await ServerProcess.start([], {
      cwd,
      env: { NODE_OPTIONS },
      argv0: ['env', '-u', 'HOME', '-u', 'TRUST_HOME', BIN],
    });
    expect(await server.waitFor('log_file_unavailable')).to.include({ code: 'ENOENT' });
    expect(await server.stop()).to.equal(0);
  });
});

describe('bin/trustctl, not built yet', () => {
  it('says in a sentence what to do', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'bin'));
    copyFileSync(BIN, join(root, 'bin/trustctl'));
    const { code, stdout, stderr } = await runTrustctl(['--version'], { argv0: [join(root, 'bin/trustctl')] });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 70,
      stdout: '',
      stderr: `trustctl: it is not built: run npm ci in ${root}\n`,
    });
  });
});

describe('a terminal without escape codes', () => {
  const commands = ['echo-server --port 0', 'echo-check framing/2.1', 'echo-load-test --duration 0.5'];

  for (const env of [{ TERM: 'dumb' }, { NO_COLOR: '1', TERM: 'xterm' }, { TERM: 'xterm' }]) {
    it(`${JSON.stringify(env)} is ${env.TERM === 'dumb' ? 'given none' : 'NO_COLOR' in env ? 'given no colour' : 'not one'}`, async () => {
      await using server = await scriptedServer(echo);
      for (const command of commands) {
        const port = command.includes('--port') ? '' : `--port ${server.port}`;
        const terminal = new Terminal(`timeout -s INT 2 ${BIN} ${command} ${port}`, env);
        await terminal.exitCode();
        // eslint-disable-next-line no-control-regex
        const colours = /\u001b\[[\d;]+m/.test(terminal.screen);
        if (env.TERM === 'dumb') expect(terminal.screen, command).to.not.contain('\u001b');
        else if ('NO_COLOR' in env || command.startsWith('echo-load')) expect(colours, command).to.equal(false);
        else expect(colours, command).to.equal(true);
      }
    });
  }
});

describe('a pipe that others write to, too', () => {
  for (const command of ['echo-server --port 0', 'echo-load-test --duration 60 --progress', 'echo-client A']) {
    it(`stays as it was, and loses no line, while ${command} runs`, async () => {
      await using server = await scriptedServer(command.includes('client') ? silent : echo);
      const port = command.includes('--port') ? '' : `--port ${server.port}`;
      const lines = 'for i in {1..20000}; do echo "line $i" || echo lost >&3; done';
      const begun = 'until grep -qs cmd_start "$TRUST_HOME"/logs/trustctl.log; do sleep 0.02; done';
      const flags = 'grep ^flags /proc/$$/fdinfo/1 >&3';
      const script = `{ ${BIN} ${command} ${port} & p=$!; ${begun}; ${lines}; ${flags}; kill $p; wait; } 3>&1 2>&1 | cat`;
      const { stdout } = await promisify(execFile)('timeout', ['10', 'bash', '-c', script], {
        env: cleanEnvironment(),
      });
      expect(stdout.match(/^line \d+$/gm)).to.have.length(20_000);
      expect(stdout).to.not.contain('lost');
      expect(parseInt(/^flags:\s*(\d+)$/m.exec(stdout)![1]!, 8) & constants.O_NONBLOCK).to.equal(0);
    });
  }
});
