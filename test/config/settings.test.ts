import { expect } from 'chai';
import { formats, refusal, sizeRange } from '../../lib/config/formats';
import { defaultText, isSwitch, settingFlags, settings, shownFlag } from '../../lib/config/settings';

const byPath = (path: string) => settings.find((setting) => setting.path === path)!;

describe('settings, as the schema gives them', () => {
  it('derives flag and variable from the path', () => {
    expect(byPath('echo.maxPayload')).to.include({
      variable: 'TRUSTCTL_ECHO_MAX_PAYLOAD',
      wholeFlag: 'echo-max-payload',
      shortFlag: 'max-payload',
    });
    expect(byPath('requestId')).to.include({ variable: 'TRUSTCTL_REQUEST_ID', wholeFlag: 'request-id' });
    expect(byPath('trustHome')).to.include({ variable: 'TRUST_HOME', wholeFlag: 'trust-home' });
  });

  it('gives every setting a variable of its own, a meaning and a unit', () => {
    expect(new Set(settings.map(({ variable }) => variable)).size).to.equal(settings.length);
    for (const { path, definition } of settings) {
      expect(definition.doc, path).to.not.equal('');
      expect(definition.unit, path).to.match(/^[a-z]/);
    }
  });

  for (const { path, definition } of settings.filter(({ path }) => path !== 'requestId')) {
    it(`accepts its own default: ${path}`, () => {
      const { accepts, parse } = formats[definition.format];
      expect(accepts(definition.default)).to.equal(true);
      expect(parse(String(definition.default)), 'as a flag').to.equal(definition.default);
    });
  }

  for (const command of ['echo-server', 'echo-client', 'echo-load-test', 'echo-check', undefined] as const) {
    it(`gives no flag of ${command ?? 'config show'} two meanings`, () => {
      const names = settingFlags(command).flatMap(({ shown, aliases }) => [shown, ...aliases]);
      expect(new Set(names).size).to.equal(names.length);
    });
  }

  it('shows the last segment, and takes the whole path; of the log group it shows the whole path', () => {
    const flags = settingFlags('echo-server');
    const of = (path: string) => flags.find(({ setting }) => setting.path === path)!;
    expect(of('echo.port')).to.include({ shown: 'port' }).and.have.deep.property('aliases', ['echo-port']);
    expect(of('log.level')).to.include({ shown: 'log-level' }).and.have.deep.property('aliases', ['level']);
    expect(of('trustHome')).to.include({ shown: 'trust-home' }).and.have.deep.property('aliases', []);
  });

  it('gives the groups tls and admin whole paths only, and tls.enabled the name of its group', () => {
    const flags = settingFlags(undefined);
    const of = (path: string) => flags.find(({ setting }) => setting.path === path)!;
    expect(of('admin.port')).to.include({ shown: 'admin-port' }).and.have.deep.property('aliases', []);
    expect(of('tls.clientCa')).to.include({ shown: 'tls-client-ca' }).and.have.deep.property('aliases', []);
    expect(of('tls.enabled')).to.include({ shown: 'tls' }).and.have.deep.property('aliases', ['tls-enabled']);
  });

  it('shows the flag that turns off what is on by default', () => {
    const shown = settingFlags('echo-client').map(shownFlag);
    expect(shown).to.include('--tls').and.to.include('--no-tls-verify').and.not.to.include('--tls-verify');
  });

  it('gives no setting of the groups tls and admin a short flag, but tls.enabled', () => {
    expect(byPath('admin.host').shortFlag).to.equal('admin-host');
    expect(byPath('tls.cert').shortFlag).to.equal('tls-cert');
    expect(byPath('tls.enabled').shortFlag).to.equal('tls');
  });

  for (const [path, text] of [
    ['tls.enabled', 'off'],
    ['tls.verify', 'on'],
    ['requestId', 'a random UUID'],
    ['echo.port', '9900'],
    ['tls.cert', 'none'],
  ] as const) {
    it(`says the default of ${path} as ${text}`, () => {
      expect(defaultText(byPath(path))).to.equal(text);
    });
  }

  it('makes a switch of what is on or off, and of nothing else', () => {
    expect(isSwitch(byPath('tls.verify'))).to.equal(true);
    expect(isSwitch(byPath('echo.port'))).to.equal(false);
  });

  it('gives a last segment that two settings share to the one that the command concerns', () => {
    const shown = (command: 'echo-load-test' | undefined, path: string) =>
      settingFlags(command).find(({ setting }) => setting.path === path)?.shown;
    expect(shown('echo-load-test', 'load.concurrency')).to.equal('concurrency');
    expect(shown('echo-load-test', 'server.concurrency')).to.equal(undefined);
    expect(shown(undefined, 'server.concurrency')).to.equal('concurrency');
    expect(shown(undefined, 'load.concurrency')).to.equal('load-concurrency');
  });
});

describe('formats', () => {
  const read = (name: keyof typeof formats, text: string): unknown => {
    const { accepts, parse } = formats[name];
    const value = parse(text);
    return accepts(value) ? value : 'refused';
  };

  for (const [name, text, value] of [
    ['port', '0', 0],
    ['port', '65535', 65535],
    ['port', '65536', 'refused'],
    ['port', '-1', 'refused'],
    ['port', '80.5', 'refused'],
    ['port', '0x50', 'refused'],
    ['port', '', 'refused'],
    ['port', ' 80', 'refused'],
    ['port', '80 ', 'refused'],
    ['port', 'NaN', 'refused'],
    ['seconds', '0', 0],
    ['seconds', '.25', 0.25],
    ['seconds', '2147483', 2147483],
    ['seconds', '2147484', 'refused'],
    ['seconds', '-0.1', 'refused'],
    ['seconds', 'Infinity', 'refused'],
    ['seconds', '1e999', 'refused'],
    ['seconds', '1e3', 1000],
    ['seconds', '1e+1', 10],
    ['seconds', '1e-1', 0.1],
    ['seconds', '1e06', 1_000_000],
    ['seconds', '5s', 5],
    ['seconds', '500ms', 0.5],
    ['seconds', '57ms', 0.057],
    ['seconds', '1m', 60],
    ['seconds', '.5h', 1800],
    ['seconds', '5 s', 'refused'],
    ['seconds', '5sec', 'refused'],
    ['seconds', 'ms', 'refused'],
    ['seconds', '-1s', 'refused'],
    ['seconds', '5constructor', 'refused'],
    ['seconds', '1000h', 'refused'],
    ['payloadBytes', '4294967295', 4294967295],
    ['payloadBytes', '4294967296', 'refused'],
    ['payloadBytes', '1.5', 'refused'],
    ['payloadBytes', '64KiB', 65536],
    ['payloadBytes', '1MiB', 1048576],
    ['payloadBytes', '64kB', 64000],
    ['payloadBytes', '64KB', 64000],
    ['payloadBytes', '1.5KiB', 1536],
    ['payloadBytes', '0.3KiB', 'refused'],
    ['payloadBytes', '64K', 'refused'],
    ['payloadBytes', '4GiB', 'refused'],
    ['perSecond', '5k', 5000],
    ['perSecond', '5K', 5000],
    ['perSecond', '1.5M', 1_500_000],
    ['perSecond', '5', 5],
    ['perSecond', '5G', 'refused'],
    ['count', '1', 1],
    ['count', '0', 'refused'],
    ['logLevel', 'debug', 'debug'],
    ['logLevel', 'DEBUG', 'refused'],
    ['logLevel', 'constructor', 'refused'],
    ['framing', 'raw', 'raw'],
    ['proxyProtocol', 'v1', 'refused'],
    ['sendProxy', 'v2', 'v2'],
    ['sendProxy', '2', 'refused'],
    ['networks', '', ''],
    ['networks', '10.0.0.0/8, ::1', '10.0.0.0/8, ::1'],
    ['networks', '10.0.0.0/33', 'refused'],
    ['networks', '10.0.0/8', 'refused'],
    ['networks', '2001:db8::/129', 'refused'],
    ['networks', 'localhost', 'refused'],
    ['networks', '10.0.0.1/08', 'refused'],
    ['text', '   ', 'refused'],
    ['text', 'a\0b', 'refused'],
    ['optionalFile', '', ''],
    ['sizeRange', '64', '64'],
    ['sizeRange', '1-1024', '1-1024'],
    ['sizeRange', '1KiB-64kB', '1KiB-64kB'],
    ['sizeRange', '1kB-1KiB', '1kB-1KiB'],
    ['sizeRange', '1KiB-1kB', 'refused'],
    ['sizeRange', '1-2-3', 'refused'],
    ['sizeRange', '', 'refused'],
    ['host', '::1', '::1'],
    ['host', '[::1]', '::1'],
    ['host', '[::1]:9900', '[::1]:9900'],
    ['host', 'fe80::1%eth0', 'fe80::1%eth0'],
    ['host', 'name.example:1', 'name.example:1'],
    ['host', 'name:70000', 'refused'],
    ['host', 'name:', 'refused'],
    ['host', ':9900', 'refused'],
    ['host', '[name]:1', 'refused'],
    ['host', 'a b', 'refused'],
    ['host', '', 'refused'],
    ['sizeRange', '9-1', 'refused'],
    ['sizeRange', '-1', 'refused'],
  ] as const) {
    it(`${name} ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
      expect(read(name, text)).to.equal(value);
    });
  }

  it('names the units to one who seems to mean one', () => {
    expect(refusal(formats.payloadBytes, '64K')).to.match(/; units: B, kB, /);
    expect(refusal(formats.payloadBytes, '1.5')).to.not.contain('unit');
    expect(refusal(formats.port, '1k')).to.not.contain('unit');
  });

  it('reads a size as a range', () => {
    expect(sizeRange('64')).to.deep.equal([64, 64]);
    expect(sizeRange(64)).to.deep.equal([64, 64]);
    expect(sizeRange('1-1024')).to.deep.equal([1, 1024]);
    expect(sizeRange('1KiB-64kB')).to.deep.equal([1024, 64000]);
    expect(sizeRange('x')).to.deep.equal([NaN, NaN]);
  });
});
