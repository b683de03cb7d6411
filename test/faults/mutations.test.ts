import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { commands } from '../../lib/commands';
import { type Format, acceptsInFile, formats } from '../../lib/config/formats';
import { type Setting, settings } from '../../lib/config/settings';
import { flagsOf } from '../../lib/cli/program';
import { BIN, runTrustctl, temporaryFolder } from '../support/trustctl';

const RUNS = 300;
/** Seconds of processor time that a refusal may take, and not of the clock, which counts what else the machine does. */
const CPU_LIMIT = 2;
/** Seconds after which a run is ended that waits for something; timeout(1) then exits with a code of its own. */
const HANG_LIMIT = 60;
const LIMITED = ['bash', '-c', `ulimit -t ${CPU_LIMIT}; exec timeout ${HANG_LIMIT} ${BIN} "$@"`, 'bash'];
/** Characters that a line of one may have. */
const LONGEST_LINE = 500;

/** What no setting takes for a number, a size or one of its words. */
const badValues = [
  '-1',
  'NaN',
  'Infinity',
  '1e999',
  '9'.repeat(20),
  '9'.repeat(100_000),
  `0.${'0'.repeat(500)}x`,
  '0x10',
  '1,5',
  '5 s',
  '5parsecs',
  '1;2',
  '٣',
  ' ',
  '',
  '[]',
  '{"a":1}',
  '%s%n',
  '../../etc/passwd',
  '\u001b[31m',
  'a\nb',
];

/** Settings that not every text is good for. */
const strict = settings.filter(
  ({ definition: { format } }) => !['text', 'optionalText', 'folder', 'optionalFile', 'host'].includes(format),
);

const refusesText = ({ definition }: Setting, text: string): boolean => {
  const format: Format = formats[definition.format];
  return !format.accepts(format.parse(text));
};
const refusesInFile = ({ definition }: Setting, value: unknown): boolean =>
  !acceptsInFile(formats[definition.format], value);

interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

describe('a mutated command line, environment or config file', () => {
  const folder = temporaryFolder();
  let files = 0;

  function file(content: string | Buffer): string {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, content);
    return path;
  }

  const showWith = (path: string): Case => ({ args: ['config', 'show', '--config', path] });
  const anyOf = <T>(items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items);

  /** A good file with its text cut, or with something in it changed. */
  const good = JSON.stringify({ echo: { port: 1, timeout: 2 }, log: { level: 'info' } }, null, 2);
  const torn = fc
    .tuple(fc.integer({ min: 0, max: good.length - 2 }), fc.boolean())
    .map(([at, cut]) => (cut ? good.slice(0, at) : `${good.slice(0, at)}\u0001${good.slice(at)}`));

  const nested = (key: string): Record<string, unknown> => ({ [key]: null });
  const treeOf = (path: string, value: unknown): object =>
    path.split('.').reduceRight<unknown>((inner, key) => ({ ...nested(key), [key]: inner }), value) as object;

  const flag = anyOf(commands).chain((entry) => {
    const flags = flagsOf(entry).filter(({ setting }) => strict.includes(setting));
    return fc
      .tuple(anyOf(flags), anyOf(badValues))
      .filter(([{ setting }, value]) => refusesText(setting, value))
      .map(([{ shown }, value]): Case => ({ args: [...entry.name.split(' '), `--${shown}=${value}`] }));
  });
  const variable = fc
    .tuple(anyOf(strict), anyOf(badValues), anyOf(commands))
    .filter(([setting, value]) => refusesText(setting, value))
    .map(([setting, value, entry]): Case => ({ args: entry.name.split(' '), env: { [setting.variable]: value } }));
  const value = fc
    .tuple(anyOf(strict), fc.oneof(anyOf<unknown>(badValues), anyOf<unknown>([null, true, [1], { a: 1 }, -1, 1e300])))
    .filter(([setting, bad]) => refusesInFile(setting, bad))
    .map(([{ path }, bad]) => showWith(file(JSON.stringify(treeOf(path, bad)))));
  const name = fc
    .tuple(
      anyOf(commands),
      anyOf(['--', '-', '---', '']),
      fc.string({ minLength: 3, maxLength: 40, unit: 'binary-ascii' }),
    )
    .filter(([, , text]) => !text.includes('\0') && !/^-*(h|hex|help|json|list|strict|progress)/.test(text))
    .map(([entry, dashes, text]): Case =>
      dashes === '' ? { args: [`x${text}`] } : { args: [...entry.name.split(' '), `${dashes}x${text}`] },
    );
  const misspelt = fc
    .tuple(anyOf(settings), fc.nat(20))
    .map(([{ variable: known }, at]) => `${known.slice(0, 15 + at)}X${known.slice(15 + at)}`)
    .filter((text) => /^TRUSTCTL_(ECHO|SERVER|LOAD|LOG)_/.test(text))
    .map((text): Case => ({ args: ['config', 'show'], env: { [text]: '1' } }));
  const text = fc.oneof(
    torn,
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    anyOf([
      '['.repeat(400_000),
      '['.repeat(200_000) + ']'.repeat(200_000),
      `{"echo":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
      `{"echo":{"port":1${'0'.repeat(400)}}}`,
      `{"${'k'.repeat(100_000)}":1}`,
      `[${'0,'.repeat(1 << 20)}0]`,
      '{"echo":{"port":1},"echo":{}}',
      '{"__proto__":{"port":1}}',
      Buffer.from('\ufeff{"echo":{}}', 'utf16le'),
    ]),
  );
  const content = text.map((bytes) => showWith(file(bytes)));
  const special = fc
    .tuple(
      anyOf(['fifo', 'a-folder', 'missing', '/dev/zero', '/dev/null', '/proc/self/mem', `/${'n'.repeat(300)}`]),
      fc.boolean(),
    )
    .map(([path, byVariable]): Case => {
      const config = path.startsWith('/') ? path : join(folder, path);
      return byVariable ? { args: ['echo-client', 'A'], env: { TRUSTCTL_CONFIG: config } } : showWith(config);
    });

  before(() => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    mkdirSync(join(folder, 'a-folder'));
  });

  it(`is refused in a sentence, at once, with 64, 66 or 78 (${RUNS} of them)`, async function () {
    this.timeout(600_000);
    const cases = fc.sample(fc.oneof(flag, variable, value, name, misspelt, content, special), {
      numRuns: RUNS,
      seed: 1,
    });
    const queue = cases.values();
    const lane = async (): Promise<void> => {
      for (const { args, env } of queue) {
        const { code, stdout, stderr } = await runTrustctl(args, { argv0: LIMITED, ...(env && { env: { ...env } }) });
        const what = JSON.stringify({ args, env }).slice(0, 300);
        expect(code, what).to.be.oneOf([64, 66, 78]);
        expect(stdout, what).to.equal('');
        expect(stderr, what)
          .to.match(/^(trustctl: .+\n)+$/)
          .and.not.match(/^ {4}at /m);
        for (const line of stderr.split('\n')) expect(line.length, what).to.be.below(LONGEST_LINE);
        // eslint-disable-next-line no-control-regex
        expect(stderr, what).to.not.match(/[\u0000-\u0009\u000b-\u001f]/);
      }
    };
    await Promise.all([lane(), lane()]);
  });
});
