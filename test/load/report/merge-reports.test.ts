import { expect } from 'chai';
import fc from 'fast-check';
import { RunError } from '../../../lib/errors/run-error';
import { Latencies } from '../../../lib/load/measure/latencies';
import { Timeline } from '../../../lib/load/measure/timeline';
import { type LoadReport, durationResults } from '../../../lib/load/report/load-report';
import { checkShards, mergeReports } from '../../../lib/load/report/merge-reports';
import { reportWith } from '../../support/load-report';

const STARTED = Date.parse('2024-01-02T03:04:05.000Z');

/** The report of one shard, `late` ms after the others, with changes. */
function shard(index: number, of: number, changes: Partial<LoadReport> = {}, late = 0): LoadReport {
  const started = new Date(STARTED + late).toISOString();
  return reportWith({ shards: { of, reports: [{ index, started, late_ms: 0 }] }, started, ...changes });
}

describe('mergeReports', () => {
  /** Round trips, each with its moment and whether its connect was measured, too. */
  const messages = fc.array(
    fc.record({
      rtt: fc.double({ min: 0, max: 1e5, noNaN: true }),
      at: fc.integer({ min: 0, max: 60_000 }),
      part: fc.nat(2),
    }),
    { maxLength: 150 },
  );

  const reportOf = (all: readonly { rtt: number; at: number }[], index: number, of: number): LoadReport => {
    const [rtt, connect, lateness, timeline] = [new Latencies(), new Latencies(), new Latencies(), new Timeline(0)];
    for (const each of all) {
      rtt.record(each.rtt);
      connect.record(each.rtt / 2);
      lateness.record(each.rtt / 4);
      timeline.ok(each.at, each.rtt, 1);
    }
    const results = durationResults({ rtt, connect, lateness });
    return shard(index, of, {
      ...results,
      messages: { sent: all.length, ok: all.length, failed: 0 },
      bytes: all.length * 68,
      open_loop: { unsent: 1, lateness_ms: lateness.summary() },
      timeline: timeline.stored(),
    });
  };

  it('gives of any split what the whole would have given', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const whole = reportOf(all, 0, 1);
        const parts = [0, 1, 2].map((index) => reportOf(all.filter(({ part }) => part === index), index, 3)); // prettier-ignore
        const merged = mergeReports(parts.map((part) => JSON.parse(JSON.stringify(part)) as LoadReport));
        for (const key of ['rtt_ms', 'connect_ms', 'distribution', 'histogram', 'messages', 'bytes'] as const)
          expect(merged[key], key).to.deep.equal(whole[key]);
        for (const key of ['rtt', 'connect', 'lateness'] as const) {
          const [one, other] = [merged.latencies[key]!, whole.latencies[key]!];
          expect({ ...one, hdr: '' }).to.deep.equal({ ...other, hdr: '' });
          const [read, expected] = [Latencies.from(one), Latencies.from(other)];
          for (let percent = 0; percent <= 100; percent += 0.25)
            expect(read.percentile(percent)).to.equal(expected.percentile(percent));
        }
        expect(merged.timeline.points.reduce((sum, { ok }) => sum + ok, 0)).to.equal(all.length);
      }),
      { numRuns: 30 },
    );
  });

  it('adds up rates, errors and what was not sent; lateness is the worst', () => {
    const lateness = (p99: number): LoadReport['open_loop'] => ({
      unsent: 5,
      lateness_ms: { ...reportWith().rtt_ms, p99 },
    });
    const merged = mergeReports([
      shard(0, 2, { rate_per_s: 1000.5, open_loop: lateness(3), errors: [{ event: 'client_reset', count: 2, first: 'a' }] }),
      shard(1, 2, { rate_per_s: 500.25, open_loop: lateness(7), errors: [{ event: 'client_reset', count: 1, first: 'b' }, { event: 'recv_timeout', count: 1, first: 'c' }] }, 30),
    ]); // prettier-ignore
    expect(merged.rate_per_s).to.equal(1500.8);
    expect(merged.open_loop).to.deep.include({ unsent: 10 });
    expect(merged.open_loop!.lateness_ms.p99).to.equal(7);
    expect(merged.errors).to.deep.equal([
      { event: 'client_reset', count: 3, first: 'a' },
      { event: 'recv_timeout', count: 1, first: 'c' },
    ]);
    expect(merged).to.deep.include({ clients: 4, started: new Date(STARTED).toISOString() });
    expect(merged.shards.reports.map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('puts what shards did that began apart where it belongs in time', () => {
    const early = new Timeline();
    early.ok(0, 1, 3);
    const late = new Timeline();
    late.ok(0, 1, 2);
    late.error(25);
    const merged = mergeReports([
      shard(1, 2, { timeline: late.stored() }, 50),
      shard(0, 2, { timeline: early.stored() }),
    ]);
    const points = merged.timeline.points.filter(({ ok, errors }) => ok + errors > 0);
    expect(points.map(({ t, ok, errors }) => ({ t, ok, errors }))).to.deep.equal([
      { t: 0, ok: 3, errors: 0 },
      { t: 50, ok: 2, errors: 0 },
      { t: 70, ok: 0, errors: 1 },
    ]);
  });

  it('tells that a part was interrupted, given up or limited by its own machine', () => {
    const limit = 'this load test itself may have been the limit';
    const { self } = reportWith();
    const merged = mergeReports([
      shard(0, 2, { interrupted: true }),
      shard(1, 2, { gave_up: true, self: { ...self, cpu_percent: 99, limit } }),
    ]);
    expect(merged).to.include({ interrupted: true, gave_up: true });
    expect(merged.self).to.include({ cpu_percent: 99, limit });
  });
});

describe('checkShards', () => {
  const check = (reports: readonly LoadReport[], maxSkewMs = 1000): void =>
    checkShards(reports.map((report, index) => ({ file: `${'abc'[index]}.json`, report })), maxSkewMs); // prettier-ignore
  const { settings } = reportWith();

  it('takes every shard once, in any order, begun together', () =>
    check([shard(2, 3, {}, 900), shard(0, 3), shard(1, 3, {}, 400)]));

  const refused: [what: string, reports: LoadReport[], words: string][] = [
    ['a missing shard', [shard(0, 3), shard(2, 3)], 'of 3 shards 1 is missing'],
    ['several missing', [shard(1, 4)], 'of 4 shards 0, 2, 3 are missing'],
    ['a doubled one', [shard(0, 2), shard(0, 2)], 'shard 0 of 2 is given twice: in a.json and in b.json'],
    ['two whole runs', [shard(0, 1), shard(0, 1)], 'shard 0 of 1 is given twice: in a.json and in b.json'],
    ['runs of another size', [shard(0, 2), shard(1, 3)], 'a.json is of a run of 2 shards, and b.json of one of 3'],
    ['another target', [shard(0, 2), shard(1, 2, { target: 'b:1' })], 'shard 1 of 2 (b.json) measured something else than shard 0 of 2 (a.json): b:1, and not 127.0.0.1:9900'],
    ['another load', [shard(0, 2), shard(1, 2, { settings: { ...settings, rate: 9 } })], 'shard 1 of 2 (b.json) measured something else than shard 0 of 2 (a.json): rate 9, and not null'],
    ['one that started late', [shard(0, 2), shard(1, 2, {}, 3400)], 'shard 1 of 2 (b.json) started 3.4 s after shard 0 of 2 (a.json), and --max-skew allows 1 s: begin them together with --start-at'],
  ]; // prettier-ignore
  for (const [what, reports, words] of refused) {
    it(`refuses ${what}, in a sentence`, () =>
      expect(() => check(reports))
        .to.throw(RunError, words)
        .with.property('exit', 'usage'));
  }
});
