import { expect } from 'chai';
import { type Format, type FormatName, acceptsInFile, formats, refusal } from '../../lib/config/formats';
import { parseHostPort } from '../../lib/config/parse-host-port';
import { duplicateKeys } from '../../lib/config/duplicate-keys';
import { suggestion } from '../../lib/config/nearest';
import { SettingsError, quote } from '../../lib/config/settings-error';

/** Of each format: what a value must be, values that a file may have, values that it may not. */
const rows: readonly (readonly [name: FormatName, must: string, good: readonly unknown[], bad: readonly unknown[]])[] =
  [
    ['text', 'be a non-empty string', ['a', ' a '], ['', ' ', 'a\0', 5, null]],
    ['optionalText', 'be a string', ['a', ''], ['a\0', 5]],
    ['folder', 'be the path of a folder', ['/a', '.'], ['', ' ', 'a\0', 5]],
    ['optionalFile', 'be the path of a file, or empty', ['/a', ''], ['a\0', 5]],
    ['boolean', 'be true or false', [true, false], ['true', 1, null]],
    ['logLevel', 'be one of debug, info, warn, error', ['debug', 'info', 'warn', 'error'], ['fatal', '']],
    ['logFormat', 'be one of auto, json, pretty', ['auto', 'json', 'pretty'], ['text']],
    ['logConnections', 'be one of all, active', ['all', 'active'], ['none']],
    ['framing', 'be one of length-prefix, raw', ['length-prefix', 'raw'], ['line']],
    ['proxyProtocol', 'be one of off, require', ['off', 'require'], ['v1']],
    ['sendProxy', 'be one of off, v1, v2', ['off', 'v1', 'v2'], ['v3']],
    [
      'networks',
      'be addresses and CIDRs separated by commas, such as 10.0.0.0/8,::1, or empty',
      ['', '10.0.0.0/8', '::1, 10.0.0.1', ' , ::1'],
      ['localhost', '10.0.0.1 ::1', '::1\0', 5],
    ],
    ['tlsVersion', 'be one of TLSv1.2, TLSv1.3', ['TLSv1.2', 'TLSv1.3'], ['TLSv1.1']],
    ['optionalPort', 'be a whole number from 0 to 65535, or empty', ['', 0, 65535], [-1, 65536, '80', 0.5]],
    ['port', 'be a whole number from 0 to 65535', [0, 65535], [-1, 65536, '80', 0.5, '']],
    ['count', 'be a whole number from 1 to 2147483647', [1, 2147483647], [0, 2147483648, 1.5, '1']],
    ['workers', 'be auto or a whole number from 1 to 1024', ['auto', 1, 1024], [0, 1025, 'two']],
    [
      'seconds',
      'be a number of seconds from 0 to 2147483',
      [0, 0.5, 2147483, '5ms', '1h'],
      [-0.1, 2147483.1, '5x', true, NaN],
    ],
    [
      'period',
      'be a number of seconds from 0.001 to 2147483',
      [0.001, 2147483, '1ms', '1h'],
      [0, 0.0009, 2147483.1, '0ms', true, NaN],
    ],
    ['keepAlive', 'be a whole number of seconds from 1 to 32767', [1, 32767], [0, 32768, 1.5, '1s']],
    [
      'payloadBytes',
      'be a whole number of bytes from 0 to 4294967295',
      [0, 4294967295, '1B', '1KB', '1MB', '1GB', '1GiB'],
      [-1, 4294967296, 0.5, '1Kib', '1TiB'],
    ],
    ['perSecond', 'be a number per second from 0 to 1000000000', [0, 0.5, 1e9, '1K', '1k', '1M'], [-1, 1e9 + 1, '1m']],
    [
      'rateSchedule',
      'be a number per second from 0 to 1000000000, or stages with their times: 1k@30s,1k..20k@2m,20k@1m',
      [0, 0.5, 1e9, '1k', '1k@30s', '1k@30s,1k..20k@2m'],
      [-1, 1e9 + 1, '1x', '1k@', true],
    ],
    [
      'localAddresses',
      'be IP addresses of this machine, separated by commas, or empty',
      ['', '127.0.0.1', '127.0.0.1,::1'],
      ['localhost', '127.0.0.0/8', 5],
    ],
    [
      'sizeRange',
      'be a number of bytes, or MIN-MAX with MIN at most MAX',
      [0, 4294967295, '0', '5-5', '0-4294967295'],
      ['6-5', '0-4294967296', '4294967296', '-5', '5-', '1-2-3', 'a', {}],
    ],
    [
      'host',
      'be a host name or an address; client commands also take HOST:PORT and [ADDRESS]:PORT',
      ['a', 'a:0', 'a:65535', '::1', '[::1]', '[::1]:1', '127.0.0.1:80'],
      ['', 'a:', 'a:65536', 'a:b', ':1', '[]', '[a]', '[::1]x', 'x[::1]', 'a\0', 'a b', 5],
    ],
  ];

describe('the formats of values', () => {
  for (const [name, must, good, bad] of rows) {
    it(`${name}: must ${must}`, () => {
      const format: Format = formats[name];
      expect(format.must).to.equal(must);
      for (const value of good) expect(acceptsInFile(format, value), String(value)).to.equal(true);
      for (const value of bad) {
        expect(acceptsInFile(format, value), String(value)).to.equal(false);
        expect(refusal(format, value)).to.match(/ must /);
      }
    });
  }

  it('are all of them', () => {
    expect(rows.map(([name]) => name)).to.have.members(Object.keys(formats));
  });

  it('list their words as data, each of which they accept', () => {
    expect(formats.logLevel.words).to.deep.equal(['debug', 'info', 'warn', 'error']);
    for (const format of Object.values<Format>(formats))
      for (const word of format.words ?? []) expect(format.accepts(format.parse(word)), word).to.equal(true);
  });

  it('say the units of a period', () => {
    expect(refusal(formats.period, '5x')).to.match(/; units: ms, s, m, h$/);
  });

  it('say which units there are, only where a value has one, and only if they have units', () => {
    expect(refusal(formats.seconds, '5 sec')).to.equal(
      '"5 sec" must be a number of seconds from 0 to 2147483; units: ms, s, m, h',
    );
    expect(refusal(formats.perSecond, '5x')).to.match(/; units: k, M$/);
    expect(refusal(formats.sizeRange, '5x')).to.match(/; units: B, kB, MB, GB, KiB, MiB, GiB$/);
    for (const value of ['sec', '-5', 'x5 s', 5, '']) expect(refusal(formats.seconds, value)).to.not.contain('units');
    expect(refusal(formats.text, '5 sec')).to.not.contain('units');
  });

  it('name the settings that are paths', () => {
    const paths = Object.entries(formats).filter(([, format]) => (format as Format).isPath);
    expect(paths.map(([name]) => name))
      .to.include.members(['folder', 'optionalFile'])
      .and.not.include('optionalText');
  });
});

describe('an address', () => {
  for (const [text, address] of [
    ['name', { host: 'name' }],
    ['name:0', { host: 'name', port: 0 }],
    ['name:65535', { host: 'name', port: 65535 }],
    ['::1', { host: '::1' }],
    ['[::1]', { host: '::1' }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['name:65536', undefined],
    ['::1:80:', undefined],
    ['[name]:80', undefined],
    ['[::1]80', undefined],
    [' name', undefined],
    ['name ', undefined],
    [80, undefined],
    ['a\0b', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${address ? JSON.stringify(address) : 'none'}`, () => {
      expect(parseHostPort(text)).to.deep.equal(address);
    });
  }
});

describe('duplicate keys', () => {
  for (const [json, keys] of [
    ['{}', []],
    ['{"a": 1, "b": 1}', []],
    ['{"a": 1, "a": 2}', [['a', 1, 1]]],
    [
      '{"a": 1,\n\n"a": 2,\n"a": 3}',
      [
        ['a', 1, 3],
        ['a', 1, 4],
      ],
    ],
    ['{"a": {"a": 1}, "b": {"a": 1}}', []],
    ['{"a": {"b": 1, "b": 1}}', [['b', 1, 1]]],
    ['{"a": ["a", "a"], "b": [{"c": 1}, {"c": 1}]}', []],
    ['{"a": [1, {"c": 1, "c": 2}]}', [['c', 1, 1]]],
    ['{"a": [], "b": 1, "a": 1}', [['a', 1, 1]]],
    ['{"a": "a", "b": "a"}', []],
    ['{"a{,": 1, "b": "},{", "c": "\\\\", "a{,": 1}', [['a{,', 1, 1]]],
    ['["a", "a", "a"]', []],
    ['"a"', []],
  ] as const) {
    it(`of ${json.replaceAll('\n', '\\n')}: ${keys.map(([key]) => key).join(', ') || 'none'}`, () => {
      expect(duplicateKeys(json).map(({ key, first, second }) => [key, first, second])).to.deep.equal(keys);
    });
  }
});

describe('a suggestion', () => {
  const names = ['echo.port', 'echo.host', 'server.backlog', 'log.level'];
  for (const [name, found] of [
    ['port', '; did you mean echo.port?'],
    ['server.port', '; did you mean echo.port?'],
    ['echo.prot', '; did you mean echo.port?'],
    ['echo.ports', '; did you mean echo.port?'],
    ['serve.backlg', '; did you mean server.backlog?'],
    ['xxxx', ''],
    ['completely.different', ''],
  ] as const) {
    it(`for ${name} is "${found}"`, () => {
      expect(suggestion(name, names)).to.equal(found);
    });
  }
});

describe('the name that was meant', () => {
  it('differs in two characters, or in four of ten', () => {
    expect(suggestion('abcd', ['abxy'])).to.equal('; did you mean abxy?');
    expect(suggestion('abcd', ['axyz'])).to.equal('');
    expect(suggestion('abcdefghij', ['abcdefwxyz'])).to.equal('; did you mean abcdefwxyz?');
  });
});

describe('a problem', () => {
  it('shows a value as JSON, in 80 characters at most', () => {
    expect(quote('a\n"b"')).to.equal('"a\\n\\"b\\""');
    expect(quote('x'.repeat(78))).to.equal(`"${'x'.repeat(78)}"`);
    expect(quote('x'.repeat(79))).to.equal(`"${'x'.repeat(76)}...`);
  });

  it('shows in a word what is nested too deep', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(quote(circle)).to.equal('{...}');
    expect(quote([circle])).to.equal('[...]');
  });

  it('is one of several, a line each; the first decides the exit', () => {
    const error = new SettingsError([
      { exit: 'usage', text: 'a' },
      { exit: 'config', text: 'b' },
    ]);
    expect(error).to.include({ exit: 'usage', message: 'a\nb', name: 'SettingsError' });
  });
});
