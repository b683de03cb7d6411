import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { Latencies } from '../../lib/load/measure/latencies';
import type { LoadReport } from '../../lib/load/report/load-report';
import { parseOutput } from '../support/report-schema';
import { type Script, scriptedServer } from '../support/scripted-server';
import { BIN, ServerProcess, cleanEnvironment, runTrustctl, temporaryFolder } from '../support/trustctl';
import { until } from '../support/until';

const FRAME = 68;

/** A load test of two clients, driven by one process or by two. */
interface Driven {
  readonly processes: readonly ChildProcess[];
  readonly report: Promise<LoadReport>;
}

function start(
  port: number,
  flags: readonly string[],
  own: readonly string[],
): { child: ChildProcess; output: Promise<string> } {
  const args = [
    'echo-load-test',
    '--port',
    String(port),
    '--json',
    '--clients',
    '2',
    '--concurrency',
    '2',
    ...flags,
    ...own,
  ];
  const child = spawn(BIN, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
  const output = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('close', () => resolve(text));
  });
  return { child, output };
}

function single(port: number, flags: readonly string[], own: readonly string[]): Driven {
  const { child, output } = start(port, flags, own);
  return { processes: [child], report: output.then(parseOutput) };
}

function sharded(port: number, flags: readonly string[]): Driven {
  const shards = ['0/2', '1/2'].map((shard) => start(port, flags, ['--shard', shard]));
  const merge = async (): Promise<LoadReport> => {
    const folder = temporaryFolder();
    const outputs = await Promise.all(shards.map(({ output }) => output));
    const files = outputs.map((text, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, text);
      return file;
    });
    return parseOutput((await runTrustctl(['load-merge', '--json', '--max-skew', '60', ...files])).stdout);
  };
  return { processes: shards.map(({ child }) => child), report: merge() };
}

/** The ways to drive a load test, which must all tell the same. */
const ways: [how: string, drive: (port: number, flags: readonly string[]) => Driven, apart?: true][] = [
  ['by one process', (port, flags) => single(port, flags, [])],
  ['by two workers', (port, flags) => single(port, flags, ['--workers', '2'])],
  ['by two shards, merged', sharded, true],
];

/** Echoes; every n-th message of all takes that many ms longer. */
function delaysEvery(nth: number, ms: number): Script {
  let messages = 0;
  return (socket) => {
    socket.on('data', (chunk: Buffer) => {
      messages += chunk.length / FRAME;
      if (messages % nth === 0) setTimeout(() => socket.write(chunk), ms);
      else socket.write(chunk);
    });
    socket.on('end', () => socket.end());
  };
}

/** Echoes a message every so many ms, of all connections together. */
function capped(everyMs: number): { script: Script; stop: () => void } {
  const queue: (() => void)[] = [];
  const timer = setInterval(() => queue.shift()?.(), everyMs);
  const script: Script = (socket) => {
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += FRAME) {
        const frame = chunk.subarray(at, at + FRAME);
        queue.push(() => socket.write(frame));
      }
    });
    socket.on('end', () => queue.push(() => socket.end()));
  };
  return { script, stop: () => clearInterval(timer) };
}

/** A timer may be that many ms early. */
const EARLY = 2;
/** How long a process is stopped, in ms. */
const STOPPED = 1200;

for (const [how, drive, apart] of ways) {
  describe(`the figures of a load test ${how}`, () => {
    it('have the tail of a server of which one message in twenty takes 50 ms', async () => {
      await using server = await scriptedServer(delaysEvery(20, 50));
      const report = await drive(server.port, ['--messages', '200']).report;
      expect(report.messages).to.deep.equal({ sent: 400, ok: 400, failed: 0 });
      const rtt = Latencies.from(report.latencies.rtt);
      expect(rtt.percentile(95.5)).to.be.at.least(50 - EARLY);
      expect(report.rtt_ms.avg).to.be.at.least((50 - EARLY) / 20);
      expect(report.rtt_ms.min).to.be.lessThan(50 - EARLY);
    });

    it('have every message that was due while the server stood still', async () => {
      const server = await ServerProcess.start();
      const { report } = drive(server.port, ['--rate', '200', '--duration', '4']);
      await until(() => server.all('client_connect').length === 2);
      process.kill(server.pid, 'SIGSTOP');
      await pause(STOPPED);
      process.kill(server.pid, 'SIGCONT');
      const { rtt_ms, latencies, messages, open_loop } = await report;
      await server.stop();
      expect(messages.ok + open_loop!.unsent).to.equal(800);
      expect(rtt_ms.max).to.be.at.least(STOPPED * 0.75);
      // 240 of 800 were due meanwhile. Half of those waited for at least half of it; what was due before the kernel's buffers is left aside.
      expect(Latencies.from(latencies.rtt).percentile(88)).to.be.at.least(STOPPED * 0.4);
    });

    it('are not faster than a server that answers 100 messages a second, and tell what did not come in time', async () => {
      const { script, stop } = capped(10);
      await using server = await scriptedServer(script);
      const closed = await drive(server.port, ['--pipeline', '8', '--duration', '1']).report;
      const most = apart ? 220 : 110; // shards that do not run at one time have the server for themselves
      expect(closed.rate_per_s).to.be.at.most(most);
      expect(closed.rtt_ms.p50).to.be.at.least(8 * 10 - EARLY);
      const open = await drive(server.port, ['--rate', '300', '--duration', '1', '--timeout', '20']).report;
      stop();
      expect(open.messages.ok + open.open_loop!.unsent).to.equal(300);
      expect(open.rate_per_s, 'what came later is no rate').to.be.at.most(most);
      expect(open.rtt_ms.max).to.be.at.least(1000); // the last of 300 comes three seconds after the first
    });
  });
}

describe('a load test that is too slow itself', () => {
  it('tells that a rate was impossible', async () => {
    await using server = await scriptedServer(delaysEvery(Infinity, 0));
    const { stdout } = await runTrustctl([
      'echo-load-test', '--port', String(server.port), '--rate', '20M', '--duration', '0.3', '--pipeline', '100',
    ]); // prettier-ignore
    expect(stdout).to.match(/^note: the rate was not reached: \d+ messages could not be sent when due$/m);
    expect(Number(/^rate: (\d+) messages\/s/m.exec(stdout)![1])).to.be.lessThan(20e6);
  });

  it('tells that one of its shards stood still, however well the others did', async () => {
    const server = await ServerProcess.start();
    const { processes, report } = sharded(server.port, ['--rate', '200', '--duration', '4']);
    await until(() => server.all('client_connect').length === 2);
    process.kill(processes[1]!.pid!, 'SIGSTOP');
    await pause(STOPPED);
    process.kill(processes[1]!.pid!, 'SIGCONT');
    const { open_loop, self } = await report;
    await server.stop();
    expect(open_loop!.lateness_ms.max).to.be.at.least(STOPPED * 0.75);
    expect(self.limit).to.match(/^this load test itself may have been the limit, not the server: it sent late/);
  });
});
