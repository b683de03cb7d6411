import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FrameDecoder } from '../../lib/framing';
import type { LoadReport } from '../../lib/load/report/load-report';
import { parseOutput } from '../support/report-schema';
import { type Script, echo, scriptedServer } from '../support/scripted-server';
import { type Finished, type Started, runTrustctl, temporaryFolder } from '../support/trustctl';

/** Bytes of a frame with 64 bytes of payload. */
const FRAME = 68;

/** Echoes, and notes the number of each message: the first eight bytes of its payload. */
function noting(numbers: number[]): Script {
  return (socket, connection) => {
    socket.pipe(new FrameDecoder()).on('data', (payload: Buffer) => numbers.push(Number(payload.readBigUInt64BE())));
    echo(socket, connection);
  };
}

const loadTest = (port: number, flags: readonly string[], options: Started = {}): Promise<Finished> =>
  runTrustctl(['echo-load-test', '--port', String(port), '--json', ...flags], options);

const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the shards of a load test, as processes', () => {
  let files: string[];
  let reports: LoadReport[];
  const numbers: number[] = [];
  before(async () => {
    await using server = await scriptedServer(noting(numbers));
    const folder = temporaryFolder();
    const flags = ['--clients', '7', '--concurrency', '7', '--messages', '30', '--rate', '300'];
    const shards = [
      ['--shard', '0/3'],
      ['--shard', '1/3'],
      ['--shard', 'auto/3'],
    ];
    const env = { JOB_COMPLETION_INDEX: '2' };
    const finished = await Promise.all(shards.map((shard) => loadTest(server.port, [...flags, ...shard], { env })));
    files = finished.map(({ code, stdout, stderr }, index) => {
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      const file = join(folder, `shard-${index}.json`);
      writeFileSync(file, stdout);
      return file;
    });
    reports = finished.map(({ stdout }) => parseOutput(stdout));
  });

  const merge = (...flags: string[]): Promise<Finished> => runTrustctl(['load-merge', ...flags]);

  it('drive their parts of the clients, and number their messages apart', () => {
    expect(reports.map(({ clients }) => clients)).to.deep.equal([2, 2, 3]);
    expect(reports.map(({ shards }) => shards.reports[0]!.index)).to.deep.equal([0, 1, 2]);
    expect(numbers).to.have.length(210);
    expect(new Set(numbers).size).to.equal(210);
  });

  it('are merged into a report of the whole, in JSON that follows the schema', async () => {
    const { code, stdout, stderr } = await merge(...files, '--max-skew', '60', '--json', '--expect', 'ok=210');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const merged = parseOutput(stdout);
    expect(merged.messages).to.deep.equal({ sent: 210, ok: 210, failed: 0 });
    expect(merged.latencies.rtt.count).to.equal(210);
    expect(merged.bytes).to.equal(210 * FRAME);
    expect(merged.clients).to.equal(7);
    expect(merged.rtt_ms.max).to.equal(Math.max(...reports.map(({ rtt_ms }) => rtt_ms.max!)));
    expect(merged.rtt_ms.min).to.equal(Math.min(...reports.map(({ rtt_ms }) => rtt_ms.min!)));
    expect(merged.shards).to.deep.include({ of: 3 });
  });

  it('are merged into text, a page and a comparison, with gates, as a single run is', async () => {
    const page = join(temporaryFolder(), 'page.html');
    const { code, stdout } = await merge(
      ...files, '--max-skew', '60', '--report', page, '--compare', files[0]!, '--expect', 'p99.5<1us',
    ); // prettier-ignore
    expect(stdout).to.match(/^load test of 127\.0\.0\.1:\d+: 3 shards, 7 clients, /);
    expect(stdout).to.include('\ntotal: 7 clients, 210 messages, 210 ok, 0 failed\n');
    expect(stdout)
      .to.match(/\ncompared with /)
      .and.match(/\nexpect p99\.5<1us: FAILED, it was \d+\.\d\dms\n$/);
    expect(readFileSync(page, 'utf8')).to.match(/^<!doctype html>/);
    expect(code).to.equal(1);
  });

  it('are refused by name where one is missing, in one line', async () => {
    const { code, stdout, stderr } = await merge(files[0]!, files[2]!, '--max-skew', '60');
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 64,
      stdout: '',
      stderr: 'trustctl load-merge: of 3 shards 1 is missing\n',
    });
  });

  const refused: [flags: string[], words: RegExp][] = [
    [['--clients', '2', '--shard', '0/3'], /--clients 2 cannot be shared by 3 shards/],
    [['--shard', '3/3'], /--shard 3\/3: shards are counted from 0/],
    [['--start-at', 'noon'], /--start-at noon: must be a time with its zone/],
    [['--workers', '2'], /--concurrency 1 cannot be shared by 2 processes/],
    [['--stop-on-failure'], /--stop-on-failure needs a condition/],
    [['--stop-on-failure', '--expect', 'ok>1', '--rate', '5'], /--stop-on-failure ends a run between stages/],
    [['--stop-on-failure', '--expect', 'ok>1', '--rate', '5@1s', '--concurrency', '9', '--shard', '0/3'], /cannot be given with --shard/],
    [['--rate', '5@1s', '--duration', '2'], /--rate 5@1s says how long the run takes, and so does --duration 2/],
    [['--rate', '5', '--hold', '2'], /it cannot be given with --hold/],
    [['--hold', '1', '--think', '2'], /--hold and --think both say/],
    [['--local-address', '192.0.2.1'], /--local-address 192\.0\.2\.1: not an address of this machine/],
    [['--local-address', 'here'], /--local-address: "here" must be IP addresses of this machine/],
    [['--samples', '/missing/file'], /--samples \/missing\/file: cannot be written/],
  ]; // prettier-ignore
  for (const [flags, words] of refused) {
    it(`are refused before they connect: ${flags.join(' ')}`, async () => {
      await using server = await scriptedServer(() => undefined);
      const { code, stderr } = await loadTest(server.port, flags);
      expect(stderr)
        .to.match(words)
        .and.match(/^trustctl[^\n]*\n$/);
      expect(code).to.be.oneOf([64, 74]);
      expect(server.connections).to.equal(0);
    });
  }

  it('begin at the time that they are told, and tell that they began late', async () => {
    await using server = await scriptedServer(noting([]));
    const at = new Date(Date.now() + 2500);
    const [early, late] = await Promise.all([
      loadTest(server.port, ['--clients', '1', '--start-at', at.toISOString()]),
      loadTest(server.port, ['--clients', '1', '--start-at', '2020-01-01T00:00:00Z']),
    ]);
    expect(Date.parse(parseOutput(early.stdout).started)).to.be.at.least(at.getTime() - 1);
    expect(parseOutput(late.stdout).shards.reports[0]!.late_ms).to.be.greaterThan(1e9);
  });
});

describe('the workers of a load test, as processes', () => {
  it('are one run with one report, and number their messages apart', async () => {
    const numbers: number[] = [];
    await using server = await scriptedServer(noting(numbers));
    const flags = ['--workers', '3', '--clients', '6', '--concurrency', '6', '--messages', '20'];
    const { code, stdout, stderr } = await loadTest(server.port, flags);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const report = parseOutput(stdout);
    expect(report.messages).to.deep.equal({ sent: 120, ok: 120, failed: 0 });
    expect(report).to.deep.include({ clients: 6, workers: { count: 3, lost: [] } });
    expect(report.shards).to.deep.include({ of: 1 }).and.to.have.property('reports').with.length(1);
    expect(inOrder(numbers)).to.have.length(120);
    expect(new Set(numbers).size).to.equal(120);
  });

  it('send every message of a schedule of rates once', async () => {
    const numbers: number[] = [];
    await using server = await scriptedServer(noting(numbers));
    const flags = ['--workers', '2', '--clients', '4', '--concurrency', '4', '--rate', '100@0.5s,100..300@1s'];
    const { stdout } = await loadTest(server.port, flags);
    const report = parseOutput(stdout);
    expect(report.messages.ok + report.open_loop!.unsent).to.equal(250);
    expect(report.stages.reduce((sum, { due }) => sum + due, 0)).to.equal(250);
    if (report.open_loop!.unsent === 0) expect(inOrder(numbers)).to.deep.equal(upTo(250));
  });

  it('find nobody there, and say so as a single process does', async () => {
    const server = await scriptedServer(() => undefined);
    await server.close();
    const { code, stdout, stderr } = await loadTest(server.port, ['--workers', '2', '--concurrency', '2']);
    expect(stderr).to.match(
      /^trustctl echo-load-test: cannot connect to [^\n]* connection refused \(ECONNREFUSED\)[^\n]*\n$/,
    );
    expect({ code, stdout }).to.deep.equal({ code: 69, stdout: '' });
  });
});
