import { expect } from 'chai';
import { FrameDecoder } from '../../lib/framing';
import type { LoadReport } from '../../lib/load/report/load-report';
import { frames } from '../support/peer';
import { parseOutput } from '../support/report-schema';
import { type Script, echo, scriptedServer } from '../support/scripted-server';
import { runTrustctl } from '../support/trustctl';

describe('a load test with --stop-on-failure', () => {
  /** Answers the first messages at once, by the number in their payload, and each one after them two seconds late. */
  const slowAfter =
    (count: number): Script =>
    (socket) => {
      socket.pipe(new FrameDecoder()).on('data', (payload: Buffer) => {
        const reply = (): unknown => socket.write(frames(payload));
        if (payload.readBigUInt64BE() < count) reply();
        else setTimeout(reply, 2000);
      });
      socket.on('end', () => setTimeout(() => socket.end(), 2100));
    };
  const flags = ['--rate', '20@1s,40@1s,80@1s,160@50s', '--expect', 'p99<1.5s', '--stop-on-failure'];

  for (const workers of ['1', '2']) {
    it(`ends at the first stage that does not hold, and tells the highest rate that did: ${workers} workers`, async () => {
      await using server = await scriptedServer(slowAfter(25));
      const args = ['echo-load-test', '--port', String(server.port), '--clients', '2', '--workers', workers, ...flags];
      const { code, stdout } = await runTrustctl([...args, '--json']);
      const report: LoadReport = parseOutput(stdout);
      expect(report).to.include({ ended_early: true, interrupted: false });
      expect(report.duration_ms).to.be.lessThan(50_000);
      expect(report.knee).to.deep.equal({ held_per_s: 20, broke_per_s: 40, broke_stage: 2 });
      expect(report.stages.slice(0, 2).map(({ held }) => held)).to.deep.equal([true, false]);
      expect(code).to.equal(1);
    });
  }

  it('goes on to the end where every stage holds', async () => {
    await using server = await scriptedServer(echo);
    const args = [
      'echo-load-test',
      '--port',
      String(server.port),
      '--rate',
      '20@0.5s,20..60@0.5s',
      '--expect',
      'p99<9s',
    ];
    const { code, stdout } = await runTrustctl([...args, '--stop-on-failure']);
    expect(stdout).to.match(
      /\nknee: 60 messages\/s held, the highest of --rate 20@0\.5s,20\.\.60@0\.5s\nexpect p99<9s: ok, it was \d+\.\d\dms\n$/,
    );
    expect(code).to.equal(0);
  });
});
