import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { settings } from '../../lib/config/settings';
import { BIN, cleanEnvironment, runTrustctl, temporaryFolder } from '../support/trustctl';

interface Shown {
  path: string;
  value: unknown;
  source: string;
  origin: string;
  doc: string;
}

const show = async (args: string[] = [], env: Record<string, string> = {}): Promise<Shown[]> => {
  const { code, stdout, stderr } = await runTrustctl(['config', 'show', '--json', ...args], { env });
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { settings: Shown[] }).settings;
};

describe('config show', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'mine.json');
  const env = { TRUSTCTL_ECHO_PORT: '9001', TRUST_HOME: join(folder, 'home') };
  const args = ['--config', file, '--max-payload', '10', '--echo-max-payload', '20'];
  before(() => writeFileSync(file, '{"echo": {"host": "::1", "port": 1}}'));

  it('shows with --json every setting: path, value, source, doc, and which file, variable or flag', async () => {
    const shown = await show(args, env);
    expect(shown.map(({ path }) => path)).to.deep.equal(settings.map(({ path }) => path));
    expect(shown.map(({ doc }) => doc)).to.deep.equal(settings.map(({ definition }) => definition.doc));
    const of = (path: string) => shown.find((row) => row.path === path);
    expect(of('echo.timeout')).to.include({ value: 5, source: 'default', origin: '' });
    expect(of('echo.host')).to.include({ value: '::1', source: 'file', origin: file });
    expect(of('echo.port')).to.include({ value: 9001, source: 'variable', origin: 'TRUSTCTL_ECHO_PORT' });
    expect(of('echo.maxPayload')).to.include({ value: 20, source: 'flag', origin: '--echo-max-payload' });
    expect(of('log.level')).to.include({ value: 'info', source: 'file', origin: 'config/default.json' });
    expect(of('log.file')).to.include({ value: join(folder, 'home/logs/trustctl.log'), source: 'default' });
  });

  it('shows a table to a person', async () => {
    const { code, stdout, stderr } = await runTrustctl(['config', 'show', ...args], { env });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const rows = stdout.trimEnd().split('\n');
    expect(rows).to.have.length(settings.length + 1);
    const cells = rows.map((row) => row.split(/ {2,}/));
    expect(cells[0]).to.deep.equal(['setting', 'value', 'source']);
    expect(cells).to.deep.include(['echo.timeout', '5', 'default']);
    expect(cells).to.deep.include(['echo.host', '::1', `file ${file}`]);
    expect(cells).to.deep.include(['echo.port', '9001', 'variable TRUSTCTL_ECHO_PORT']);
    expect(cells).to.deep.include(['echo.maxPayload', '20', 'flag --echo-max-payload']);
  });

  it('makes no file or folder', async () => {
    await show([], env);
    expect(readdirSync(folder)).to.deep.equal(['mine.json']);
  });

  it('takes the flag of every setting, by its whole path', async () => {
    const flags = settings.flatMap(({ wholeFlag, definition }) => {
      if (definition.format === 'boolean') return [`--${wholeFlag}`];
      const value =
        definition.format === 'text' || definition.format === 'folder' ? '/some' : String(definition.default);
      return [`--${wholeFlag}=${value}`];
    });
    const shown = await show(flags);
    expect(shown.filter(({ source }) => source !== 'flag')).to.deep.equal([]);
  });

  it('takes what the package ships for production', async () => {
    const shown = await show([], { NODE_ENV: 'production' });
    const production = JSON.parse(readFileSync(resolve(BIN, '../../config/production.json'), 'utf8')) as {
      log: { format: string };
    };
    expect(shown.find(({ path }) => path === 'log.format')).to.include({
      value: production.log.format,
      origin: 'config/production.json',
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const script = `set -o pipefail; for i in 1 2 3; do ${BIN} config show --json | head -1 || exit; done`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { env: cleanEnvironment() });
    expect({ stdout, stderr }).to.deep.equal({ stdout: '{\n{\n{\n', stderr: '' });
  });

  it('ends quietly when its reader is gone before it begins', async () => {
    const child = spawn(BIN, ['config', 'show'], { env: cleanEnvironment() });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  });

  it('says so, with 74, when standard output is on a full disk', async () => {
    const { code, stderr } = await runTrustctl([], { argv0: ['bash', '-c', `exec ${BIN} config show > /dev/full`] });
    expect(code).to.equal(74);
    expect(stderr).to.match(/^trustctl config show: cannot write standard output: .*\(ENOSPC\)[^\n]*\n$/);
  });
});
