import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port';
import { parseOutput } from '../support/report-schema';
import { type Script, echo, scriptedServer } from '../support/scripted-server';
import { BIN, childrenOf, cleanEnvironment, isAlive, runTrustctl, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

/** A load test that runs until it is stopped, or its time is up. */
class Run {
  private readonly child: ChildProcessWithoutNullStreams;
  private stdout = '';

  constructor(port: number, ...flags: string[]) {
    const args = ['echo-load-test', '--port', String(port), '--duration', '60', ...flags];
    this.child = spawn(BIN, args, { env: cleanEnvironment() });
    this.child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stdin.end();
  }

  get pid(): number {
    return this.child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async finished(): Promise<{ code: number | null; stdout: string }> {
    const [code] = (await once(this.child, 'close')) as [number | null];
    return { code, stdout: this.stdout };
  }
}

describe('a load test under way', () => {
  describe('by workers', () => {
    it('tells of a worker that dies, reports what the others have, and fails', async () => {
      await using server = await scriptedServer(echo);
      const run = new Run(server.port, '--workers', '2', '--clients', '2', '--rate', '100', '--duration', '3');
      await until(() => server.connections === 2);
      const [victim] = childrenOf(run.pid);
      process.kill(victim!, 'SIGKILL');
      const { code, stdout } = await run.finished();
      expect(stdout).to.match(
        new RegExp(`^note: worker [12] \\(process ${victim}\\) was ended by SIGKILL: its part is missing$`, 'm'),
      );
      expect(stdout).to.match(/^total: 1 client, \d+ messages, /m);
      expect(code).to.equal(1);
    });

    it('reports what there is on Ctrl-C, which reaches the workers, too, and leaves none behind', async () => {
      await using server = await scriptedServer(echo);
      const run = new Run(server.port, '--workers', '2', '--clients', '2', '--rate', '100', '--json');
      await until(() => server.connections === 2);
      const workers = childrenOf(run.pid);
      for (const pid of [...workers, run.pid]) process.kill(pid, 'SIGINT');
      const { code, stdout } = await run.finished();
      const report = parseOutput(stdout);
      expect(report).to.deep.include({ interrupted: true, workers: { count: 2, lost: [] } });
      expect(report.messages.sent).to.equal(report.messages.ok + report.messages.failed + report.unanswered);
      expect(code).to.equal(130);
      await until(() => !workers.some(isAlive));
    });

    it('leaves none behind when it is killed itself', async () => {
      await using server = await scriptedServer(echo);
      const run = new Run(server.port, '--workers', '2', '--clients', '2');
      await until(() => server.connections === 2);
      const workers = childrenOf(run.pid);
      run.kill('SIGKILL');
      await run.finished();
      await until(() => !workers.some(isAlive));
    });
  });

  it('writes a sample for each second, as JSON or CSV, that add up to the report', async () => {
    await using server = await scriptedServer(echo);
    const files = ['samples.json', 'samples.csv'].map((name) => join(temporaryFolder(), name));
    const flags = ['--duration', '2.2', '--rate', '100', '--json'];
    const [json, csv] = await Promise.all([
      runTrustctl(['echo-load-test', '--port', String(server.port), ...flags, '--samples', files[0]!]),
      runTrustctl(['echo-load-test', '--port', String(server.port), ...flags, '--samples', files[1]!, '--workers', '2', '--clients', '2']),
    ]); // prettier-ignore
    const lines = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
    const samples = lines(files[0]!).map((line) => JSON.parse(line) as Record<string, number>);
    expect(samples).to.have.length.of.at.least(2);
    expect(samples.reduce((sum, { ok }) => sum + ok!, 0)).to.equal(parseOutput(json.stdout).messages.ok);
    expect(samples.map(({ second }) => second)).to.deep.equal(samples.map((_, index) => index + 1));
    const [head, ...rows] = lines(files[1]!).map((line) => line.split(','));
    expect(head).to.deep.equal(Object.keys(samples[0]!));
    const column = head!.indexOf('ok');
    const sum = rows.reduce((total, cells) => total + Number(cells[column]), 0);
    expect(sum).to.equal(parseOutput(csv.stdout).messages.ok);
  });

  it('tells Prometheus how it goes, and stops with the run', async () => {
    await using server = await scriptedServer(echo);
    const port = await freePort();
    const run = new Run(server.port, '--rate', '200', '--admin-port', String(port));
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    let metrics = '';
    await until(async () => {
      metrics = await page('/metrics').catch(() => '');
      return /^trustctl_load_messages_ok_total [1-9]\d*$/m.test(metrics);
    });
    expect(metrics).to.match(/^# TYPE trustctl_load_messages_sent_total counter$/m);
    expect(metrics).to.match(/^trustctl_load_round_trip_seconds\{quantile="0\.99"\} \d/m);
    expect(await page('/livez')).to.equal('alive\n');
    run.kill('SIGTERM');
    expect((await run.finished()).code).to.equal(75);
  });

  it('connects from the addresses that it is given, in turn', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await scriptedServer((socket, connection) => {
      seen.push(socket.remoteAddress);
      echo(socket, connection);
    });
    const flags = ['--clients', '4', '--messages', '1', '--local-address', '127.0.0.2,127.0.0.3'];
    const { code } = await runTrustctl(['echo-load-test', '--port', String(server.port), ...flags]);
    expect(code).to.equal(0);
    expect(seen).to.deep.equal(['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3']);
  });

  for (const flag of ['--hold', '--think']) {
    it(`keeps each client silent between two messages: ${flag}`, async () => {
      const gaps: number[] = [];
      const timing: Script = (socket) => {
        let repliedAt: number | undefined;
        socket.on('data', (chunk: Buffer) => {
          if (repliedAt !== undefined) gaps.push(performance.now() - repliedAt);
          repliedAt = performance.now();
          socket.write(chunk);
        });
        socket.on('end', () => socket.end());
      };
      await using server = await scriptedServer(timing);
      const args = ['echo-load-test', '--port', String(server.port), '--clients', '2', '--concurrency', '2', '--messages', '6', flag, '100ms']; // prettier-ignore
      const { code, stdout } = await runTrustctl([...args, '--json']);
      expect(parseOutput(stdout).messages).to.deep.equal({ sent: 12, ok: 12, failed: 0 });
      expect(code).to.equal(0);
      expect(gaps).to.have.length(10);
      if (flag === '--hold') for (const gap of gaps) expect(gap).to.be.at.least(98);
      else expect(new Set(gaps.map(Math.round)).size).to.be.greaterThan(2);
    });
  }
});
