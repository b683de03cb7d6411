import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { LoadReport } from '../../lib/load/report/load-report';
import { freePort } from '../support/free-port';
import { changesByte, echo, scriptedServer } from '../support/scripted-server';
import { BIN, ServerProcess, cleanEnvironment, runTrustctl, temporaryFolder } from '../support/trustctl';

const loadTest = (port: number, ...flags: string[]): ReturnType<typeof runTrustctl> =>
  runTrustctl(['echo-load-test', '--port', String(port), ...flags]);

describe('echo-load-test, the process', () => {
  describe('against the service', () => {
    let server: ServerProcess;
    before(async () => (server = await ServerProcess.start()));
    after(() => server.stop());

    it('reports a line for each client, the total and the round trips, in the form that scripts rely on', async () => {
      const { code, stdout, stderr } = await loadTest(
        server.port,
        '--clients',
        '12',
        '--messages',
        '5',
        '--per-client',
      );
      const ms = String.raw`\d+\.\d\dms`;
      const [head, ...lines] = stdout.trimEnd().split('\n');
      expect(head).to.equal(
        `load test of 127.0.0.1:${server.port}: 12 clients, 1 at a time, 5 messages of 64 bytes each`,
      );
      expect(lines).to.have.length.of.at.least(14);
      lines.slice(0, 12).forEach((line, index) => {
        const number = String(index + 1).padStart(3);
        expect(line).to.match(new RegExp(`^client ${number}: 5/5 ok {2}rtt min=${ms} max=${ms} avg=${ms}$`));
      });
      expect(lines[12]).to.equal('total: 12 clients, 60 messages, 60 ok, 0 failed');
      expect(lines[13]).to.match(new RegExp(`^rtt: min=${ms} p50=${ms} p90=${ms} p99=${ms} max=${ms}$`));
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });

    it('prints one JSON object with the keys that are promised, and finds no leak', async () => {
      const { code, stdout } = await loadTest(
        server.port, '--json', '--clients', '10', '--concurrency', '5', '--server-pid', String(server.pid),
      ); // prettier-ignore
      const report = JSON.parse(stdout) as LoadReport;
      expect(report).to.include.keys(
        'clients',
        'messages',
        'rtt_ms',
        'duration_ms',
        'rate_per_s',
        'bytes',
        'errors',
        'fds',
      );
      expect(report.messages).to.deep.equal({ sent: 100, ok: 100, failed: 0 });
      expect(report.rtt_ms).to.include.keys('min', 'avg', 'p50', 'p90', 'p99', 'p999', 'max');
      expect(report.fds!.after).to.be.at.most(report.fds!.before);
      expect(code).to.equal(0);
    });

    it('combines what can be combined', async () => {
      const { code, stdout } = await loadTest(
        server.port, '--duration', '0.3', '--concurrency', '3', '--pipeline', '16', '--payload-size', '0-3000',
        '--warmup', '0.1', '--connect-rate', '100', '--expect', 'errors=0', '--expect', 'p99.95<5s',
      ); // prettier-ignore
      expect(stdout).to.match(/^total: 3 clients, \d+ messages, \d+ ok, 0 failed\n/m);
      expect(stdout)
        .to.match(/^rate: \d+ messages\/s over 300 ms/m)
        .and.match(/^warm-up: \d+ messages/m);
      expect(stdout).to.match(/^expect errors=0: ok, it was 0\nexpect p99\.95<5s: ok, it was \d+\.\d\dms$/m);
      expect(code).to.equal(0);
    });

    it('has nothing to complain of with many clients that wait for their turn', async () => {
      const { code, stderr } = await loadTest(
        server.port, '--clients', '60', '--concurrency', '30', '--connect-rate', '200', '--messages', '1',
      ); // prettier-ignore
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });

    it('fails the run when an expectation does not hold, and says which', async () => {
      const { code, stdout } = await loadTest(
        server.port,
        '--clients',
        '1',
        '--expect',
        'ok=10',
        '--expect',
        'p50<1us',
      );
      expect(stdout).to.match(/^expect ok=10: ok, it was 10\nexpect p50<1us: FAILED, it was \d+\.\d\dms$/m);
      expect(code).to.equal(1);
    });

    it('writes a page of its own, and compares with an earlier run', async () => {
      const folder = temporaryFolder();
      const [old, page] = [join(folder, 'old.json'), join(folder, 'page.html')];
      writeFileSync(old, (await loadTest(server.port, '--clients', '2', '--json')).stdout);
      const { code, stdout } = await loadTest(server.port, '--clients', '2', '--compare', old, '--report', page);
      expect(stdout)
        .to.include(`compared with ${old}, of `)
        .and.to.match(/^ {2}p99 /m);
      const html = readFileSync(page, 'utf8');
      expect(html)
        .to.match(/^<!doctype html>/)
        .and.not.match(/(src|href)="(?!data:)/);
      expect(html).to.include('uPlot').and.not.include('{{');
      expect(code).to.equal(0);
    });
  });

  it('exits with 1 and the cause when the server lies', async () => {
    await using server = await scriptedServer(changesByte(68 + 4 + 9));
    const { code, stdout, stderr } = await loadTest(server.port, '--clients', '2');
    expect(stdout).to.match(/^client {3}1: 1\/10 FAILED .*reply_mismatch$/m);
    expect(stdout).to.match(/^total: 2 clients, 20 messages, 2 ok, 18 failed$/m);
    expect(stdout).to.match(
      /^error: reply_mismatch 2 times, first client 1: the reply to message 2 differs from payload byte 9 on: sent 0x.., received 0x..$/m,
    );
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: '' });
  });

  for (const flags of [
    [],
    ['--concurrency', '50'],
    ['--duration', '60'],
    ['--rate', '10', '--json'],
    ['--connect-rate', '1', '--concurrency', '100'],
  ]) {
    it(`exits with 69 at once, and one line, when nobody listens: ${flags.join(' ')}`, async () => {
      const port = await freePort();
      const { code, stdout, stderr } = await loadTest(port, ...flags);
      expect(stderr).to.equal(
        `trustctl echo-load-test: cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED); nothing listens there: start trustctl echo-server, or check --host and --port\n`,
      );
      expect({ code, stdout }).to.deep.equal({ code: 69, stdout: '' });
    });
  }

  it('reports what it has on SIGINT, and exits with 130', async () => {
    await using server = await scriptedServer(echo);
    const args = ['echo-load-test', '--port', String(server.port), '--duration', '60', '--progress', '--json'];
    const child = spawn(BIN, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    // Off a terminal progress comes as plain lines, because it was asked for; the first says that the run is under way.
    const [line] = (await once(createInterface(child.stderr), 'line')) as [string];
    expect(line).to.match(/^\d+\.\d s {2}\d+ messages {2}\d+\/s {2}p99 \d+\.\d\d ms {2}0 errors {2}\d+\.\d s left$/);
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    const report = JSON.parse(Buffer.concat(output).toString()) as LoadReport;
    expect(report.interrupted).to.equal(true);
    expect(report.messages.sent).to.equal(report.messages.ok + report.messages.failed + report.unanswered);
    expect(report.messages.ok).to.be.greaterThan(0);
    expect(code).to.equal(130);
  });

  describe('refuses, before it connects,', () => {
    const missing = join(temporaryFolder(), 'missing', 'file');
    const refused: [flags: string[], code: number, words: RegExp][] = [
      [['--rate', '0'], 64, /--rate 0: no message would ever be due/],
      [['--duration', '1', '--messages', '5'], 64, /--duration 1 and --messages 5 both say when the run ends/],
      [['--payload-size', '9-5'], 64, /--payload-size.*MIN at most MAX/],
      [['--pipeline', '0'], 64, /--pipeline: "0" must be a whole number from 1/],
      [['--expect', 'p101<1'], 64, /--expect "p101<1": unknown metric p101/],
      [['--compare', missing], 66, /--compare .*cannot be read: .*\(ENOENT\)/],
      [['--report', '/tmp'], 74, /--report \/tmp: cannot be written: .*\(EISDIR\)/],
      [['--report', missing], 74, /--report .*cannot be written: .*\(ENOENT\)/],
      [['--server-pid', '2147483647'], 64, /no such process/],
    ];
    for (const [flags, expected, words] of refused) {
      it(flags.join(' ').replace(missing, 'FILE'), async () => {
        await using server = await scriptedServer(echo);
        const { code, stdout, stderr } = await loadTest(server.port, ...flags);
        expect(stderr)
          .to.match(words)
          .and.match(/^trustctl[^\n]*\n$/);
        expect({ code, stdout }).to.deep.equal({ code: expected, stdout: '' });
        expect(server.connections).to.equal(0);
        expect(existsSync(missing)).to.equal(false);
      });
    }
  });
});
