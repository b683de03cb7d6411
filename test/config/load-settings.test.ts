import { mkdirSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import os, { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { mock } from 'node:test';
import { expect } from 'chai';
import fc from 'fast-check';
import { SettingsError } from '../../lib/config/settings-error';
import { type FlagValue, type Loaded, loadSettings } from '../../lib/config/load-settings';
import { settings } from '../../lib/config/settings';
import { temporaryFolder } from '../support/trustctl';

describe('loading settings', () => {
  let root: string;
  let home: string;

  beforeEach(() => {
    root = temporaryFolder();
    home = join(root, 'home');
  });

  /** Writes a file below the root, an object as JSON, and gives its path. */
  function write(name: string, content: unknown): string {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  const flag = (path: string, text: string, name?: string): FlagValue => {
    const setting = settings.find((candidate) => candidate.path === path)!;
    return { setting, flag: `--${name ?? setting.shortFlag}`, text };
  };

  const load = (
    environment: NodeJS.ProcessEnv = {},
    flags: FlagValue[] = [],
    files: string[] = [],
    takesTarget = false,
  ): Loaded => loadSettings({ environment: { TRUST_HOME: home, ...environment }, flags, files, root, takesTarget });

  function faultsOf(...sources: Parameters<typeof load>): { exit: string; texts: string[] } {
    try {
      load(...sources);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      expect(error.message.split('\n'), 'a line each').to.have.length(error.problems.length);
      return { exit: error.exit, texts: error.problems.map(({ text }) => text) };
    }
    throw new Error('nothing was refused');
  }

  describe('precedence', () => {
    const port = (value: number): object => ({ echo: { port: value } });
    const sources: { gives: number; origin: { source: string; origin: () => string }; add: (run: Run) => unknown }[] = [
      { gives: 9900, origin: { source: 'default', origin: () => '' }, add: () => undefined },
      {
        gives: 1,
        origin: { source: 'file', origin: () => 'config/default.json' },
        add: () => write('config/default.json', port(1)),
      },
      {
        gives: 2,
        origin: { source: 'file', origin: () => 'config/staging.json' },
        add: ({ environment }) => {
          write('config/staging.json', port(2));
          environment.NODE_ENV = 'staging';
        },
      },
      {
        gives: 3,
        origin: { source: 'file', origin: () => join(home, 'config.json') },
        add: () => write('home/config.json', port(3)),
      },
      {
        gives: 4,
        origin: { source: 'file', origin: () => join(root, 'variable.json') },
        add: ({ environment }) => (environment.TRUSTCTL_CONFIG = write('variable.json', port(4))),
      },
      {
        gives: 5,
        origin: { source: 'file', origin: () => join(root, 'first.json') },
        add: ({ files }) => files.push(write('first.json', port(5))),
      },
      {
        gives: 6,
        origin: { source: 'file', origin: () => join(root, 'second.json') },
        add: ({ files }) => files.push(write('second.json', port(6))),
      },
      {
        gives: 7,
        origin: { source: 'variable', origin: () => 'TRUSTCTL_ECHO_PORT' },
        add: ({ environment }) => (environment.TRUSTCTL_ECHO_PORT = '7'),
      },
      {
        gives: 8,
        origin: { source: 'flag', origin: () => '--port' },
        add: ({ flags }) => flags.push(flag('echo.port', '8')),
      },
      {
        gives: 10,
        origin: { source: 'flag', origin: () => '--echo-port' },
        add: ({ flags }) => flags.push(flag('echo.port', '10', 'echo-port')),
      },
    ];
    interface Run {
      environment: NodeJS.ProcessEnv;
      flags: FlagValue[];
      files: string[];
    }

    for (const [index, { gives, origin }] of sources.entries()) {
      it(`of the ${index + 1} weakest sources the strongest wins: ${origin.source}, ${gives}`, () => {
        const run: Run = { environment: {}, flags: [], files: [] };
        for (const { add } of sources.slice(0, index + 1)) add(run);
        const loaded = load(run.environment, run.flags, run.files);
        expect(loaded.settings.echo.port).to.equal(gives);
        expect(loaded.origins.get('echo.port')).to.deep.equal({ source: origin.source, origin: origin.origin() });
      });
    }

    it('names the files that it read, the weakest first; by default it reads those of this package', () => {
      const [own, named] = [write('home/config.json', {}), write('named.json', {})];
      write('config/default.json', {});
      expect(load({}, [], [named]).files).to.deep.equal(['config/default.json', own, named]);
      const environment = { TRUST_HOME: join(root, 'none') };
      expect(loadSettings({ environment, flags: [], files: [] }).files).to.deep.equal(['config/default.json']);
    });

    it('leaves what a stronger source does not name to the weaker ones', () => {
      write('config/default.json', { echo: { host: '::1', timeout: 9 } });
      const { settings } = load({ TRUSTCTL_ECHO_TIMEOUT: '0.5' }, [flag('echo.port', '1')]);
      expect(settings.echo).to.deep.equal({ host: '::1', port: 1, timeout: 0.5, maxPayload: 65536, sendProxy: 'off' });
    });

    it('has every setting, with its default, where nothing is set', () => {
      const { settings: loaded, origins } = load();
      expect(loaded.server).to.deep.include({ framing: 'length-prefix', frameTimeout: 30, concurrency: 1024 });
      expect([...origins.keys()]).to.deep.equal(settings.map(({ path }) => path));
      expect([...origins.values()].filter(({ source }) => source !== 'default')).to.deep.equal([
        { source: 'variable', origin: 'TRUST_HOME' },
      ]);
    });
  });

  describe('what values become', () => {
    it('expands ~ and <trustHome>, and makes paths absolute', () => {
      const { settings } = load({ HOME: '/home/me', TRUST_HOME: '~/state' });
      expect(settings.trustHome).to.equal('/home/me/state');
      expect(settings.log.file).to.equal('/home/me/state/logs/trustctl.log');
      expect(load({ HOME: '/home/me', TRUSTCTL_LOG_FILE: '~/a.log' }).settings.log.file).to.equal('/home/me/a.log');
      expect(load({ TRUSTCTL_LOG_FILE: 'a.log' }).settings.log.file).to.equal(resolve('a.log'));
      expect(load({ TRUST_HOME: 'here' }).settings.trustHome).to.equal(resolve('here'));
      expect(load({ TRUST_HOME: '~other' }).settings.trustHome).to.equal(resolve('~other'));
    });

    it('takes an empty HOME for none, and the home folder from the system then', () => {
      for (const HOME of ['', undefined]) {
        const { settings } = load({ HOME, TRUST_HOME: undefined });
        expect(settings.trustHome).to.equal(join(userInfo().homedir, '.trustctl'));
      }
    });

    it('reads numbers with a unit from files as from flags and variables', () => {
      const file = write('units.json', { echo: { timeout: '1m', maxPayload: '64KiB' }, load: { rate: '5k' } });
      const { settings } = load({ TRUSTCTL_LOAD_DURATION: '500ms' }, [flag('load.warmup', '2s')], [file]);
      expect(settings.echo).to.include({ timeout: 60, maxPayload: 65536 });
      expect(settings.load).to.include({ rate: 5000, duration: 0.5, warmup: 2 });
    });

    it('expands <trustHome> as it is, whatever it holds', () => {
      expect(load({ TRUST_HOME: '/a$&b' }).settings.log.file).to.equal('/a$&b/logs/trustctl.log');
    });

    it('leaves an empty log.file empty: it turns the file off', () => {
      expect(load({ TRUSTCTL_LOG_FILE: '' }).settings.log.file).to.equal('');
    });

    it('refuses a path in a home folder that is unknown, unless it is only the default', () => {
      const lookup = mock.method(os, 'userInfo', () => {
        throw new Error('ENOENT');
      });
      try {
        expect(faultsOf({}, [flag('log.file', '~/log'), flag('tls.ca', '/ca')])).to.deep.equal({
          exit: 'usage',
          texts: [
            `flag --${flag('log.file', '').flag.slice(2)}: "~/log" is in the home folder, but there is none: set HOME, or use an absolute path`,
          ],
        });
        const { settings: got } = loadSettings({ environment: {}, flags: [], files: [], root });
        expect(got.trustHome).to.equal('~/.trustctl');
      } finally {
        lookup.mock.restore();
      }
    });

    it('does the same with every other setting that names a file', () => {
      const { tls } = load(
        { HOME: '/home/me', TRUST_HOME: '/state', TRUSTCTL_TLS_CERT: '~/a.pem', TRUSTCTL_TLS_KEY: '<trustHome>/b.pem' },
        [flag('tls.ca', 'c.pem')],
      ).settings;
      expect(tls).to.include({ cert: '/home/me/a.pem', key: '/state/b.pem', ca: resolve('c.pem'), clientCa: '' });
    });

    it('makes a request id for each run, unless one is given', () => {
      const ids = [load(), load()].map(({ settings }) => settings.requestId);
      expect(ids[0]).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(ids[0]).to.not.equal(ids[1]);
      expect(load({ TRUSTCTL_REQUEST_ID: '007' }).settings.requestId).to.equal('007');
    });

    it('is frozen, all the way down', () => {
      const { settings } = load();
      expect(settings).to.be.frozen;
      expect(settings.echo).to.be.frozen;
      expect(settings.log).to.be.frozen;
    });
  });

  describe('a host with its port', () => {
    const host = (text: string): FlagValue => flag('echo.host', text);
    const port = (text: string): FlagValue => flag('echo.port', text);
    const connectsTo = (...sources: Parameters<typeof load>): [string, number, string] => {
      const [environment, flags, files] = sources;
      const { settings, origins } = load(environment, flags, files, true);
      return [settings.echo.host, settings.echo.port, origins.get('echo.port')!.origin];
    };

    it('is taken apart, and its port comes from where the host does', () => {
      const file = write('target.json', { echo: { host: '[::1]:5' } });
      expect(connectsTo({}, [host('name:7')])).to.deep.equal(['name', 7, '--host']);
      expect(connectsTo({ TRUSTCTL_ECHO_HOST: '[::1]:6' })).to.deep.equal(['::1', 6, 'TRUSTCTL_ECHO_HOST']);
      expect(connectsTo({}, [], [file])).to.deep.equal(['::1', 5, file]);
      expect(connectsTo({}, [host('[::1]')])).to.deep.equal(['::1', 9900, '']);
    });

    it('yields to a port from a stronger source, and is stronger than one from a weaker', () => {
      const file = write('target.json', { echo: { port: 5 } });
      expect(connectsTo({ TRUSTCTL_ECHO_HOST: 'name:6' }, [port('7')])).to.deep.equal(['name', 7, '--port']);
      expect(connectsTo({ TRUSTCTL_ECHO_PORT: '6' }, [host('name:7')], [file])).to.deep.equal(['name', 7, '--host']);
    });

    it('and another port beside it are refused', () => {
      expect(() => load({}, [host('name:7'), port('8')], [], true)).to.throw(
        SettingsError,
        'flag --host: "name:7" and port 8 of --port differ: remove one',
      );
      expect(connectsTo({}, [host('name:7'), port('7')])).to.deep.equal(['name', 7, '--host']);
    });

    it('is refused where the command listens', () => {
      expect(faultsOf({ TRUSTCTL_ECHO_HOST: 'name:7' })).to.deep.equal({
        exit: 'config',
        texts: ['variable TRUSTCTL_ECHO_HOST: "name:7" has a port: a server takes it from --port'],
      });
      expect(load({ TRUSTCTL_ECHO_HOST: '[::1]' }).settings.echo.host).to.equal('::1');
    });
  });

  describe('problems', () => {
    it('names both bad keys of one file', () => {
      const file = write('two.json', { echo: { port: 70000 }, server: { backlog: 'many' } });
      const { exit, texts } = faultsOf({}, [], [file]);
      expect(exit).to.equal('config');
      expect(texts).to.deep.equal([
        `file ${file}: echo.port: 70000 must be a whole number from 0 to 65535`,
        `file ${file}: server.backlog: "many" must be a whole number from 1 to 2147483647`,
      ]);
    });

    it('names a variable, a flag and a file together, each by its name, and exits as the first of flag, variable, file', () => {
      const file = write('bad.json', { echo: { timeout: -1 } });
      const variable = { TRUSTCTL_ECHO_PORT: '70000' };
      const all = faultsOf(variable, [flag('echo.maxPayload', '1.5')], [file, join(root, 'missing.json')]);
      expect(all.exit).to.equal('usage');
      expect(all.texts).to.deep.equal([
        'flag --max-payload: "1.5" must be a whole number of bytes from 0 to 4294967295',
        'variable TRUSTCTL_ECHO_PORT: "70000" must be a whole number from 0 to 65535',
        `file ${file}: echo.timeout: -1 must be a number of seconds from 0 to 2147483`,
        `file ${join(root, 'missing.json')}: no such file (ENOENT)`,
      ]);
      expect(faultsOf(variable, [], [join(root, 'missing.json')]).exit).to.equal('config');
      expect(faultsOf({}, [], [join(root, 'missing.json'), file]).exit).to.equal('noInput');
    });

    it('names a bad value also where a stronger source overrides it', () => {
      const file = write('bad.json', { echo: { port: 'x' } });
      expect(faultsOf({}, [flag('echo.port', '80')], [file]).texts).to.have.length(1);
    });

    it('takes a number in a file only as a number', () => {
      expect(faultsOf({}, [], [write('a.json', { echo: { port: '80' } })]).texts[0]).to.contain('"80" must be a whole');
    });

    for (const [content, nearest] of [
      [{ echo: { prot: 1 } }, 'echo.port'],
      [{ port: 1 }, 'echo.port'],
      [{ sever: { backlog: 1 } }, 'server'],
      [{ log: { levle: 'info' } }, 'log.level'],
    ] as const) {
      it(`refuses the unknown key in ${JSON.stringify(content)} and names ${nearest}`, () => {
        const { exit, texts } = faultsOf({}, [], [write('unknown.json', content)]);
        expect(exit).to.equal('config');
        expect(texts).to.have.length(1);
        expect(texts[0]).to.match(new RegExp(`unknown\\.json: .*is not a setting; did you mean ${nearest}\\?$`));
      });
    }

    it('says how a dotted key is written', () => {
      expect(faultsOf({}, [], [write('a.json', { 'echo.port': 80 })]).texts[0]).to.contain('{"echo": {"port": …}}');
    });

    it('refuses a key that resembles none, without a guess', () => {
      expect(faultsOf({}, [], [write('a.json', { xyzzyplughfoo: 1 })]).texts[0]).to.match(/is not a setting$/);
    });

    it('refuses a value where a group belongs', () => {
      const { texts } = faultsOf({}, [], [write('a.json', { echo: 9900, log: null, server: [1] })]);
      expect(texts).to.have.length(3);
      expect(texts[0]).to.contain(
        'echo: 9900 must be an object with settings (host, port, timeout, maxPayload, sendProxy)',
      );
    });

    for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      it(`refuses the key ${key}, at the top and in a group, and pollutes nothing`, () => {
        const file = write('a.json', `{"${key}": {"polluted": 1}, "echo": {"${key}": {"polluted": 1}}}`);
        const { exit, texts } = faultsOf({}, [], [file]);
        expect(exit).to.equal('config');
        expect(texts.map((text) => text.replace(/;.*/, ''))).to.deep.equal([
          `file ${file}: "${key}" is not a setting`,
          `file ${file}: "echo.${key}" is not a setting`,
        ]);
        expect({}).to.not.have.property('polluted');
      });
    }

    for (const [content, shown] of [
      ['[]', '[]'],
      ['null', 'null'],
      ['42', '42'],
      ['"text"', '"text"'],
    ] as const) {
      it(`refuses a file that holds ${content}`, () => {
        const { exit, texts } = faultsOf({}, [], [write('a.json', content)]);
        expect(exit).to.equal('config');
        expect(texts[0])
          .to.match(/a\.json: /)
          .and.contain(`${shown} must be an object with settings`);
      });
    }

    for (const [content, where] of [
      ['{\n  "echo": {\n    "port": 80,\n  }\n}', 'line 4, column 3'],
      ['', 'Unexpected end of JSON input'],
      ['{"echo": {', /at line 1, column 11|end of JSON/],
      ['port = 80', /Unexpected token 'p'/],
      ["{'echo': 1}", 'line 1, column 2'],
    ] as const) {
      it(`refuses what is not JSON, and tells where: ${JSON.stringify(content)}`, () => {
        const { exit, texts } = faultsOf({}, [], [write('a.json', content)]);
        expect(exit).to.equal('config');
        expect(texts[0])
          .to.match(/a\.json: not JSON: /)
          .and.match(where instanceof RegExp ? where : new RegExp(where));
      });
    }

    it('refuses a named file that is missing, or is a folder', () => {
      const missing = join(root, 'none.json');
      expect(faultsOf({ TRUSTCTL_CONFIG: missing }).exit).to.equal('noInput');
      expect(faultsOf({}, [], [root])).to.deep.equal({
        exit: 'noInput',
        texts: [`file ${root}: cannot be read: illegal operation on a directory (EISDIR)`],
      });
    });

    it('does without a config.json in trustHome, but refuses one that it cannot read', () => {
      expect(load().settings.echo.port).to.equal(9900);
      const file = write('a-file', '');
      expect(load({ TRUST_HOME: join(file, 'below') }).settings.echo.port).to.equal(9900);
      mkdirSync(join(home, 'config.json'), { recursive: true });
      expect(faultsOf()).to.deep.equal({
        exit: 'noInput',
        texts: [`file ${join(home, 'config.json')}: cannot be read: illegal operation on a directory (EISDIR)`],
      });
    });

    it('reads config.json from the trustHome that flag, variable or a named file gives, in that order', () => {
      for (const name of ['by-flag', 'by-variable', 'by-file']) write(`${name}/config.json`, { requestId: name });
      const file = write('named.json', { trustHome: join(root, 'by-file') });
      const byFlag = [flag('trustHome', join(root, 'by-flag'))];
      const byVariable = { TRUST_HOME: join(root, 'by-variable') };
      expect(load(byVariable, byFlag, [file]).settings.requestId).to.equal('by-flag');
      expect(load(byVariable, [], [file]).settings.requestId).to.equal('by-variable');
      expect(load({ TRUST_HOME: undefined }, [], [file]).settings.requestId).to.equal('by-file');
    });

    it('takes NODE_ENV for the name of a file in the config folder and nothing else', () => {
      write('outside.json', { echo: { port: 1 } });
      write('config/default.json', {});
      for (const NODE_ENV of ['../outside', '..', '/etc/passwd', 'config/../../outside', 'none', '']) {
        expect(load({ NODE_ENV }).settings.echo.port, NODE_ENV).to.equal(9900);
      }
    });

    it('refuses a variable that begins like a setting and is none, and names the nearest', () => {
      const { exit, texts } = faultsOf({
        TRUSTCTL_ECHO_PROT: '1',
        TRUSTCTL_SERVER_TIMEOUT: '1',
        TRUSTCTL_TRUST_HOME: '/',
      });
      expect(exit).to.equal('config');
      expect(texts).to.deep.equal([
        'variable TRUSTCTL_ECHO_PROT: is not a setting; did you mean TRUSTCTL_ECHO_PORT?',
        'variable TRUSTCTL_SERVER_TIMEOUT: is not a setting; did you mean TRUSTCTL_ECHO_TIMEOUT?',
        'variable TRUSTCTL_TRUST_HOME: is not a setting; did you mean TRUST_HOME?',
      ]);
    });

    it('passes over what Kubernetes makes for a Service, whatever that is called', () => {
      for (const service of ['TRUSTCTL', 'TRUSTCTL_ECHO', 'TRUSTCTL_SERVER', 'TRUSTCTL_LOAD', 'TRUSTCTL_ECHO_HOST']) {
        const { settings, origins } = load({
          [`${service}_SERVICE_HOST`]: '10.0.0.1',
          [`${service}_SERVICE_PORT`]: '9900',
          [`${service}_SERVICE_PORT_ECHO`]: '9900',
          [`${service}_PORT`]: 'tcp://10.0.0.1:9900',
          [`${service}_PORT_9900_TCP`]: 'tcp://10.0.0.1:9900',
          [`${service}_PORT_9900_TCP_PROTO`]: 'tcp',
          [`${service}_PORT_9900_TCP_PORT`]: '9900',
          [`${service}_PORT_9900_TCP_ADDR`]: '10.0.0.1',
          [`${service}_PORT_53_UDP`]: 'udp://10.0.0.1:53',
        });
        expect(settings.echo, service).to.include({ host: '127.0.0.1', port: 9900 });
        expect(origins.get('echo.port')).to.deep.equal({ source: 'default', origin: '' });
      }
    });

    it('refuses variables that only resemble those', () => {
      for (const [name, value] of [
        ['TRUSTCTL_ECHO_PORT', 'tcp:9900'],
        ['TRUSTCTL_ECHO_PORT_9900', 'tcp://10.0.0.1:9900'],
        ['TRUSTCTL_ECHO_SERVICE', '1'],
        ['TRUSTCTL_SERVER_PORT', '9900'],
      ] as const) {
        expect(faultsOf({ [name]: value }).texts, name).to.have.length(1);
      }
    });

    it('names both lines of a key that is there twice in one object, at any depth', () => {
      const file = write('twice.json', '{"echo": {"port": 1,\n"host": "a",\n"p\\u006frt": 2},\n"echo": {}}');
      expect(faultsOf({}, [], [file]).texts).to.deep.equal([
        `file ${file}: "port" is there twice, in lines 1 and 3: remove one`,
        `file ${file}: "echo" is there twice, in lines 1 and 4: remove one`,
      ]);
    });

    it('takes equal keys of different objects, and equal values, for what they are', () => {
      const file = write('alike.json', '{"log": {"level": "info", "format": "json"}, "requestId": "log"}');
      expect(load({}, [], [file]).settings.requestId).to.equal('log');
    });

    it('tells a file in UTF-16, with or without a mark, and one that is no UTF-8', () => {
      const json = '{"echo": {}}';
      const swapped = Buffer.from(json, 'utf16le').swap16();
      for (const [bytes, words] of [
        [Buffer.from(`\ufeff${json}`, 'utf16le'), /it is in UTF-16, as PowerShell writes/],
        [Buffer.from(json, 'utf16le'), /it is in UTF-16/],
        [Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]), /it is in UTF-16/],
        [swapped, /it is in UTF-16/],
        [Buffer.from('{"requestId": "\xe9"}', 'latin1'), /it is not in UTF-8/],
      ] as const) {
        const path = join(root, 'encoded.json');
        writeFileSync(path, bytes);
        const { exit, texts } = faultsOf({}, [], [path]);
        expect(exit).to.equal('config');
        expect(texts[0])
          .to.match(words)
          .and.match(/: save it as UTF-8$/);
      }
    });

    it('takes the byte order mark of UTF-8', () => {
      expect(load({}, [], [write('mark.json', '\ufeff{"requestId": "é"}')]).settings.requestId).to.equal('é');
    });

    it('reads a pipe, and gives up one that nobody writes to, or that does not end', () => {
      const fifo = join(root, 'fifo');
      execFileSync('mkfifo', [fifo]);
      expect(faultsOf({}, [], [fifo])).to.deep.equal({
        exit: 'noInput',
        texts: [`file ${fifo}: cannot be read: nothing came within 1 s`],
      });
      const writer = spawn('sh', ['-c', `echo '{"requestId": "piped"}' > ${fifo}`]);
      expect(load({}, [], [fifo]).settings.requestId).to.equal('piped');
      writer.kill();
      expect(faultsOf({}, [], ['/dev/zero']).texts[0]).to.contain('it is larger than 1048576 bytes');
    });

    it('keeps its words for a value that is nested deeper than a stack goes', () => {
      const deep = '['.repeat(200_000) + ']'.repeat(200_000);
      const [text = ''] = faultsOf({}, [], [write('deep.json', `{"echo": {"port": ${deep}}}`)]).texts;
      // Newer versions of V8 write it out without a stack: then its beginning is shown.
      expect(text).to.match(/echo\.port: \[(\.\.\.\]|\[+ ?(…|\.\.\.)?) must be a whole number/);
      expect(text.length).to.be.below(300);
    });

    it('leaves variables alone that are not its own', () => {
      expect(() => load({ TRUSTCTL_RELEASE: 'x', TRUSTCTL: 'y', ECHO_PORT: 'z', TRUSTCTL_CONFIG: '' })).to.not.throw();
    });

    it('refuses an empty variable by the rule of its setting', () => {
      expect(faultsOf({ TRUSTCTL_ECHO_PORT: '' }).texts[0]).to.contain('variable TRUSTCTL_ECHO_PORT: "" must be');
      expect(faultsOf({ TRUST_HOME: '' }).texts[0]).to.contain('variable TRUST_HOME: "" must be the path of a folder');
    });

    it('keeps a problem to one short line whatever the value holds', () => {
      const { texts } = faultsOf({}, [], [write('a.json', { echo: { host: ['\n'.repeat(1000)] } })]);
      expect(texts[0]).to.not.contain('\n');
      expect(texts[0]!.length).to.be.below(300);
    });
  });

  it('refuses or takes any JSON file whatever, and changes no prototype', () => {
    const file = join(root, 'any.json');
    const keys = fc.constantFrom(
      ...settings.flatMap(({ path }) => path.split('.')),
      '__proto__',
      'constructor',
      'prototype',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.array(fc.tuple(keys, tie('tree')), { maxLength: 6 }).map(
          // written by hand: an object literal has no own __proto__
          (pairs) => ({ toJSON: () => pairs, pairs }),
        ),
      ),
    }));
    const text = (value: unknown): string => {
      const pairs = (value as { pairs?: [string, unknown][] } | null)?.pairs;
      return Array.isArray(pairs)
        ? `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${text(inner)}`).join(',')}}`
        : JSON.stringify(value);
    };
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(tree, (value) => {
        writeFileSync(file, text(value));
        try {
          load({}, [], [file]);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
        }
        expect(Object.getOwnPropertyNames(Object.prototype)).to.deep.equal(before);
      }),
      { numRuns: 300 },
    );
  });
});
