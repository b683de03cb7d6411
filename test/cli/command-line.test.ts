import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { commands } from '../../lib/commands';
import { defaultText, shownFlag } from '../../lib/config/settings';
import { RunError } from '../../lib/errors/run-error';
import { type Invocation, buildProgram, flagsOf, readCommandLine } from '../../lib/cli/program';
import { BIN, runTrustctl, temporaryFolder } from '../support/trustctl';

const read = (...words: string[]): Invocation => readCommandLine(['node', 'trustctl', ...words])!;

function refusal(...words: string[]): string {
  try {
    read(...words);
  } catch (error) {
    expect(error).to.be.instanceOf(RunError).and.include({ exit: 'usage' });
    expect((error as RunError).message).to.not.contain('\n');
    return (error as RunError).message;
  }
  throw new Error('nothing was refused');
}

const typed = ({ flags }: Invocation): string[] =>
  flags.map(({ setting, flag, text }) => `${setting.path} ${flag} ${text}`);

describe('the command line', () => {
  it('reads settings as they are typed, in order', () => {
    expect(typed(read('echo-server', '--port', '1', '--log-level', 'debug', '--port=2'))).to.deep.equal([
      'echo.port --port 1',
      'log.level --log-level debug',
      'echo.port --port 2',
    ]);
  });

  it("takes a setting's whole path, and the last segment of the log group", () => {
    expect(
      typed(read('echo-server', '--server-concurrency', '1', '--echo-max-payload', '9', '--level', 'warn')),
    ).to.deep.equal([
      'server.concurrency --server-concurrency 1',
      'echo.maxPayload --echo-max-payload 9',
      'log.level --level warn',
    ]);
  });

  it('takes a setting that is on or off without a value, and the last of two', () => {
    expect(typed(read('echo-client', '--tls', '--no-tls-verify', 'message'))).to.deep.equal([
      'tls.enabled --tls true',
      'tls.verify --no-tls-verify false',
    ]);
    expect(typed(read('echo-client', '--tls', '--no-tls'))).to.deep.equal([
      'tls.enabled --tls true',
      'tls.enabled --no-tls false',
    ]);
    expect(read('echo-client', '--tls', 'message').args).to.deep.equal(['message']);
    expect(refusal('echo-client', '--tls=true')).to.match(/--tls/);
  });

  it('takes a value that begins with a dash', () => {
    expect(typed(read('echo-server', '--timeout', '-1'))).to.deep.equal(['echo.timeout --timeout -1']);
  });

  it('gives --concurrency the meaning that the command has for it', () => {
    expect(typed(read('echo-server', '--concurrency', '1'))).to.deep.equal(['server.concurrency --concurrency 1']);
    expect(typed(read('echo-load-test', '--concurrency', '1'))).to.deep.equal(['load.concurrency --concurrency 1']);
    expect(typed(read('config', 'show', '--concurrency', '1', '--load-concurrency', '2'))).to.deep.equal([
      'server.concurrency --concurrency 1',
      'load.concurrency --load-concurrency 2',
    ]);
  });

  it('reads switches, arguments and config files', () => {
    const { entry, options, args, files } = read(
      'echo-client',
      '--hex',
      '--payload-size',
      '12',
      '--config',
      'a',
      '--config',
      'b',
      'X',
      'Y',
    );
    expect(entry.name).to.equal('echo-client');
    expect(options).to.deep.equal({ hex: true, payloadSize: 12 });
    expect(args).to.deep.equal(['X', 'Y']);
    expect(files).to.deep.equal(['a', 'b']);
  });

  it('takes what follows -- as it is', () => {
    expect(read('echo-client', '--', '--hex', '-x').args).to.deep.equal(['--hex', '-x']);
  });

  for (const words of [['-x'], ['--hexx', '-1'], ['A', '-h2']]) {
    it(`tells who types ${words.join(' ')} how a message that begins with a dash is sent`, () => {
      expect(refusal('echo-client', ...words)).to.match(/^unknown option .*goes after --$/);
    });
  }

  it('does not tell so of a command that takes no messages', () => {
    expect(refusal('echo-check', '-x')).to.not.contain('goes after');
  });

  it("finds fault with a switch's value as with a setting's", () => {
    expect(read('echo-client', '--payload-size', '1.5').problems).to.deep.equal([
      { exit: 'usage', text: 'flag --payload-size: "1.5" must be a whole number of bytes from 0 to 4294967295' },
    ]);
  });

  for (const [words, nearest] of [
    [['echo-servr'], 'echo-server'],
    [['ehco-client'], 'echo-client'],
    [['config', 'shwo'], 'show'],
    [['echo-server', '--prot', '1'], '--port'],
    [['echo-server', '--max-paylaod', '1'], '--max-payload'],
    [['echo-load-test', '--cleints', '1'], '--clients'],
  ] as const) {
    it(`refuses "${words.join(' ')}" and names ${nearest}`, () => {
      expect(refusal(...words))
        .to.match(/^unknown (command|option) /)
        .and.contain(`Did you mean ${nearest}?`);
    });
  }

  for (const [words, what] of [
    [[], 'a command is missing'],
    [['config'], 'a command is missing'],
    [['help', 'frobnicate'], 'a command is missing'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['echo-server', '--frobnicate'], "unknown option '--frobnicate'"],
    [['echo-client', '--backlog', '1'], "unknown option '--backlog'"],
    [['echo-server', '--port'], "option '--port <port>' argument missing"],
    [['echo-server', 'surplus'], "too many arguments for 'echo-server'"],
    [['--port', '1', 'echo-server'], "unknown option '--port'"],
  ] as const) {
    it(`refuses "${words.join(' ')}": ${what}`, () => {
      expect(refusal(...words)).to.contain(what);
    });
  }

  for (const entry of commands) {
    it(`explains every flag of ${entry.name}: meaning, unit, default, variable`, () => {
      let command = buildProgram(() => undefined);
      for (const name of entry.name.split(' ')) command = command.commands.find((sub) => sub.name() === name)!;
      const help = command.helpInformation().replaceAll(/\s+/g, ' ');
      for (const row of flagsOf(entry)) {
        const { definition, variable } = row.setting;
        const value = definition.format === 'boolean' ? '' : ` <${definition.unit}>`;
        expect(help).to.contain(
          `${shownFlag(row)}${value} ${definition.doc} (default: ${defaultText(row.setting)}; variable: ${variable})`,
        );
      }
      for (const { flags, doc } of entry.switches) expect(help).to.contain(`${flags} ${doc}`);
      expect(help).to.contain('--config <file>');
    });
  }
});

describe('help', () => {
  for (const words of [[], ['config'], ...commands.map(({ name }) => name.split(' '))]) {
    it(`fits 80 columns: ${['trustctl', ...words].join(' ')}`, async () => {
      const { stdout } = await runTrustctl([...words, '--help']);
      expect(stdout.split('\n').filter((line) => line.length > 80)).to.deep.equal([]);
    });
  }

  for (const [name, ...order] of [
    ['echo-server', '--config', '--port', '--backlog', '--trust-home', '--log-level'],
    ['echo-client', '--hex', '--config', '--host', '--trust-home', '--log-level'],
    ['echo-load-test', '--expect', '--config', '--host', '--clients', '--trust-home', '--log-level'],
    ['echo-check', '--server-command', '--config', '--host', '--trust-home', '--log-level'],
  ] as const) {
    it(`shows the own flags of ${name} first, and those of the run and its log last`, async () => {
      const { stdout } = await runTrustctl([name, '--help']);
      const shown = [...stdout.matchAll(/^ +(--[a-z-]+)/gm)].map(([, flag]) => flag!);
      expect(shown.filter((flag) => (order as readonly string[]).includes(flag))).to.deep.equal(order);
      expect(shown.slice(shown.indexOf('--trust-home'))).to.satisfy((rest: string[]) =>
        rest.every((flag) => /^--(trust-home|request-id|log-.*)$/.test(flag)),
      );
    });
  }
});

describe('bin/trustctl', () => {
  it('prints its version and its help at every level, and makes no file or folder', async () => {
    const home = join(temporaryFolder(), 'home');
    const env = { TRUST_HOME: home };
    const version = await runTrustctl(['--version'], { env });
    const { version: expected } = JSON.parse(readFileSync(resolve(BIN, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(version).to.include({ code: 0, stdout: `${expected}\n`, stderr: '' });

    const levels = [[], ['config'], ...commands.map(({ name }) => name.split(' '))];
    const helps = await Promise.all(levels.map((words) => runTrustctl([...words, '--help'], { env })));
    for (const [index, { code, stdout, stderr }] of helps.entries()) {
      expect({ code, stderr }, levels[index]!.join(' ')).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/^Usage: trustctl /);
    }
    for (const { name, summary } of commands.filter(({ name }) => name !== 'config show')) {
      expect(helps[0]!.stdout.replaceAll(/\s+/g, ' ')).to.contain(name).and.contain(summary);
    }
    expect(readdirSync(join(home, '..'))).to.deep.equal([]);
  });

  it('ends quietly when the reader of its help has seen enough', async () => {
    const script = `set -o pipefail; ${BIN} echo-server --help | head -1`;
    const { code, stdout, stderr } = await runTrustctl([], { argv0: ['bash', '-c', script] });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 0,
      stdout: 'Usage: trustctl echo-server [options]\n',
      stderr: '',
    });
  });

  it('loads for --version and --help no more than it needs', async () => {
    const fixture = resolve(__dirname, 'fixtures/loaded-modules.js');
    for (const words of [['--version'], ['echo-server', '--help']]) {
      const list = join(temporaryFolder(), 'modules.json');
      await runTrustctl(words, { env: { NODE_OPTIONS: `--require ${fixture}`, LOADED_MODULES: list } });
      expect(JSON.parse(readFileSync(list, 'utf8'))).to.deep.equal(['commander']);
    }
  });

  it('tells all that is wrong at once, a line each, and exits as the first of it', async () => {
    const file = join(temporaryFolder(), 'two.json');
    writeFileSync(file, '{"echo": {"port": 70000, "prot": 1}, "__proto__": {"x": 1}}');
    const args = ['echo-server', '--timeout', '-1', '--max-payload', '1.5', '--config', file];
    const { code, stdout, stderr } = await runTrustctl(args, { env: { TRUSTCTL_ECHO_PORT: '70000' } });
    expect(code).to.equal(64);
    expect(stdout).to.equal('');
    expect(stderr.trimEnd().split('\n')).to.deep.equal([
      'trustctl: flag --timeout: "-1" must be a number of seconds from 0 to 2147483',
      'trustctl: flag --max-payload: "1.5" must be a whole number of bytes from 0 to 4294967295',
      'trustctl: variable TRUSTCTL_ECHO_PORT: "70000" must be a whole number from 0 to 65535',
      `trustctl: file ${file}: echo.port: 70000 must be a whole number from 0 to 65535`,
      `trustctl: file ${file}: "echo.prot" is not a setting; did you mean echo.port?`,
      `trustctl: file ${file}: "__proto__" is not a setting`,
    ]);
  });

  for (const [what, args, env, code] of [
    ['an unknown command', ['echo-servr'], {}, 64],
    ['a bad flag value', ['config', 'show', '--port', '70000'], {}, 64],
    ['a config file that is missing', ['config', 'show', '--config', '/nowhere/a.json'], {}, 66],
    ['a bad variable', ['config', 'show'], { TRUSTCTL_ECHO_PORT: '70000' }, 78],
    ['a variable that no setting has', ['config', 'show'], { TRUSTCTL_ECHO_PROT: '1' }, 78],
  ] as const) {
    it(`exits with ${code} and one line for ${what}`, async () => {
      const result = await runTrustctl(args, { env });
      expect(result.code).to.equal(code);
      expect(result.stdout).to.equal('');
      expect(result.stderr).to.match(/^trustctl: [^\n]+\n$/);
    });
  }
});
