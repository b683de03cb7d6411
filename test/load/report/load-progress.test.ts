import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect } from 'chai';
import { Latencies } from '../../../lib/load/measure/latencies';
import type { Sample } from '../../../lib/load/measure/sampler';
import type { Plan } from '../../../lib/load/plan';
import { ProgressLine, loadProgress } from '../../../lib/load/report/load-progress';

const planOf = (plan: Partial<Plan>): Plan =>
  ({ messages: 10, clients: 100, warmupMs: 0, durationMs: undefined, ...plan }) as Plan;

/** A second in which that many replies came, each after 1 ms. */
function sampleOf(ok: number, errors = 0): Sample {
  const rtt = new Latencies(2);
  if (ok > 0) rtt.record(1, ok);
  return { second: 1, sent: ok, ok, warmup: 0, errors, bytes: 0, unsent: 0, rtt };
}

/** A stream that says it is a terminal, with what was written to it. */
function terminal(): { stream: WriteStream; written: () => string } {
  const through = new PassThrough();
  const chunks: string[] = [];
  through.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const stream = Object.assign(through, { isTTY: true, columns: 100, rows: 30, hasColors: () => false });
  return { stream: stream as unknown as WriteStream, written: () => chunks.join('') };
}

describe('ProgressLine', () => {
  it('tells what is done, how fast, how slow, what failed and how long it will take', () => {
    const line = new ProgressLine(planOf({}), 0);
    line.add(sampleOf(250));
    expect(line.next(1000, false)).to.equal('1.0 s  250/1000 messages  250/s  p99 1.00 ms  0 errors  3.0 s left');
    line.add(sampleOf(500, 1));
    expect(line.next(2000, false)).to.equal('2.0 s  750/1000 messages  500/s  p99 1.00 ms  1 error  0.7 s left');
  });

  it('counts down in a run of so many seconds', () => {
    const line = new ProgressLine(planOf({ messages: undefined, durationMs: 5000, warmupMs: 1000 }), 0);
    expect(line.next(500, false)).to.equal('0.5 s  warming up  0/s  p99 -  0 errors  5.5 s left');
    expect(line.next(2000, false)).to.equal('2.0 s  0 messages  0/s  p99 -  0 errors  4.0 s left');
  });

  it('is red where something failed, on a terminal with colours', () => {
    const line = new ProgressLine(planOf({}), 0);
    line.add(sampleOf(0, 1));
    expect(line.next(1000, true)).to.include('\u001b[31m1 error\u001b[39m');
  });
});

describe('loadProgress', () => {
  it('draws one line in place on a terminal, and leaves none behind', async () => {
    const { stream, written } = terminal();
    const progress = await loadProgress(stream, false);
    progress.start(planOf({}));
    while (!written().includes('messages')) await new Promise((resolve) => stream.once('data', resolve));
    progress.stop();
    expect(written()).to.match(/messages/);
    expect(written()).to.include('\u001b[2K'); // the line is erased
    expect(written()).not.to.include('\u001b[?25l'); // the cursor is never hidden: nothing to restore after a kill
  });

  it('writes nothing elsewhere unless it is asked to', async () => {
    const { stream, written } = terminal();
    (stream as { isTTY: boolean }).isTTY = false;
    const progress = await loadProgress(stream, false);
    progress.start(planOf({}));
    progress.stop();
    expect(written()).to.equal('');
  });
});
