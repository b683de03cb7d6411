import { expect } from 'chai';
import {
  type Option,
  abortSignal,
  callback,
  integer,
  oneOf,
  optional,
  readOptions,
  seconds,
  text,
  withDefault,
} from '../lib/options';

const table = {
  host: withDefault('127.0.0.1', text),
  port: integer(0, 65_535),
  timeout: withDefault(5, seconds),
  framing: withDefault('raw', oneOf('raw', 'length-prefix')),
  signal: optional(abortSignal),
  onWire: optional(callback<(bytes: Buffer) => void>()),
};

/** The error that these options are refused with. */
function refusal(given: unknown): Error & { code: string } {
  try {
    readOptions(table, given);
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error('they were not refused');
}

describe('readOptions', () => {
  it('gives what was given, and the default for what is undefined', () => {
    const { signal } = new AbortController();
    const onWire = (): void => undefined;
    expect(readOptions(table, { port: 9900, host: undefined, timeout: 0.25, signal, onWire })).to.deep.equal({
      host: '127.0.0.1',
      port: 9900,
      timeout: 0.25,
      framing: 'raw',
      signal,
      onWire,
    });
    expect(readOptions({ timeout: withDefault(5, seconds) }, undefined)).to.deep.equal({ timeout: 5 });
  });

  it('gives each value its type', () => {
    const values = readOptions(table, { port: 1 });
    const typed: [string, number, number, 'raw' | 'length-prefix', AbortSignal | undefined] = [
      values.host,
      values.port,
      values.timeout,
      values.framing,
      values.signal,
    ];
    expect(typed).to.deep.equal(['127.0.0.1', 1, 5, 'raw', undefined]);
  });

  const limits: [name: string, option: Option<unknown>, good: unknown[]][] = [
    ['integer', integer(1, 10), [1, 10]],
    ['seconds', seconds, [0, 0.001, 5, 2_147_483.647]],
    ['text', text, ['::1', ' ']],
    ['oneOf', oneOf('a', 'b'), ['a', 'b']],
  ];
  for (const [name, option, good] of limits) {
    it(`takes the whole range of ${name}`, () => {
      for (const value of good) expect(option(value, 'x')).to.equal(value);
    });
  }

  const OUT_OF_RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  const WRONG_TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  const port = 'port must be a whole number from 0 to 65535, not';
  const timeout = 'timeout must be a number of seconds from 0 to 2147483.647, not';
  const refused: [given: unknown, type: typeof OUT_OF_RANGE, message: string][] = [
    [{ port: NaN }, OUT_OF_RANGE, `${port} NaN`],
    [{ port: 1.5 }, OUT_OF_RANGE, `${port} 1.5`],
    [{ port: -1 }, OUT_OF_RANGE, `${port} -1`],
    [{ port: 65_536 }, OUT_OF_RANGE, `${port} 65536`],
    [{ port: '9900' }, WRONG_TYPE, `${port} '9900'`],
    [{ port: null }, WRONG_TYPE, `${port} null`],
    [{}, WRONG_TYPE, `${port} undefined`],
    [{ port: 1, timeout: NaN }, OUT_OF_RANGE, `${timeout} NaN`],
    [{ port: 1, timeout: -0.001 }, OUT_OF_RANGE, `${timeout} -0.001`],
    [{ port: 1, timeout: Infinity }, OUT_OF_RANGE, `${timeout} Infinity`],
    [{ port: 1, timeout: 2_147_483.648 }, OUT_OF_RANGE, `${timeout} 2147483.648`],
    [{ port: 1, timeout: '5s' }, WRONG_TYPE, `${timeout} '5s'`],
    [{ port: 1, timeout: 5n }, WRONG_TYPE, `${timeout} 5n`],
    [{ port: 1, host: '' }, OUT_OF_RANGE, "host must be a string that is not empty, not ''"],
    [{ port: 1, host: ['::1'] }, WRONG_TYPE, "host must be a string that is not empty, not [ '::1' ]"],
    [{ port: 1, framing: 'lines' }, OUT_OF_RANGE, "framing must be one of raw, length-prefix, not 'lines'"],
    [{ port: 1, signal: {} }, WRONG_TYPE, 'signal must be an AbortSignal, not {}'],
    [{ port: 1, onWire: true }, WRONG_TYPE, 'onWire must be a function, not true'],
    [null, WRONG_TYPE, 'options must be an object, not null'],
    [9900, WRONG_TYPE, 'options must be an object, not 9900'],
  ];
  for (const [given, type, message] of refused) {
    it(`refuses it: ${message}`, () => {
      expect(refusal(given)).to.include({ ...type, message });
    });
  }

  for (const name of ['tiemout', 'toString', '__proto__']) {
    it(`refuses an option that does not exist: ${name}`, () => {
      const given = Object.fromEntries([
        ['port', 1],
        [name, 3],
      ]);
      expect(refusal(given)).to.include({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: `there is no option ${name} (3): use host, port, timeout, framing, signal, onWire`,
      });
    });
  }

  it('tells a long value in one short line', () => {
    const { message } = refusal({ port: 'line\n'.repeat(1000) });
    expect(message).to.have.length.below(160).and.not.contain('\n');
    expect(refusal({ port: Buffer.alloc(100_000) }).message).to.have.length.below(160);
    expect(refusal({ port: { deep: { er: [1, 2, 3] } } }).message).to.have.length.below(160);
  });
});
