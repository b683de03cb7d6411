import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { RunError } from '../../../lib/errors/run-error';
import { compareMetrics, differingSettings, readBaseline } from '../../../lib/load/report/comparison';
import type { LoadReport } from '../../../lib/load/report/load-report';
import { loadTextReport } from '../../../lib/load/report/text-report';
import { reportWith, times } from '../../support/load-report';
import { temporaryFolder } from '../../support/trustctl';

describe('comparison of two runs', () => {
  it('says what became better and what worse, and what is noise', () => {
    const now = reportWith({
      rate_per_s: 2500,
      rtt_ms: { ...times, p50: 0.181, p99: 4 },
      messages: { sent: 20, ok: 18, failed: 2 },
    });
    const rows = new Map(compareMetrics(reportWith(), now).map((row) => [row.name, row]));
    expect(rows.get('rate')).to.include({ before: 2000, now: 2500, change: 25, trend: 'better' });
    expect(rows.get('p50')).to.include({ trend: 'same' });
    expect(rows.get('p99')).to.include({ trend: 'worse' });
    expect(rows.get('failed')).to.include({ before: 0, now: 2, change: null, trend: 'worse' });
  });

  it('calls the same what two runs of the same differ by, in either direction', () => {
    const trends = (before: Partial<LoadReport>, now: Partial<LoadReport>): Record<string, string> =>
      Object.fromEntries(compareMetrics(reportWith(before), reportWith(now)).map(({ name, trend }) => [name, trend]));
    const noisy = { rate_per_s: 2080, rtt_ms: { ...times, p50: 0.165, p99: 0.47, p999: 0.6, max: 0.9 } };
    for (const [before, now] of [
      [{}, noisy],
      [noisy, {}],
    ] as const)
      expect(new Set(Object.values(trends(before, now)))).to.deep.equal(new Set(['same']));
    // A tenth of a loopback round trip is nothing; of ten milliseconds it is something.
    expect(trends({ rtt_ms: { ...times, p50: 0.01 } }, { rtt_ms: { ...times, p50: 0.025 } }).p50).to.equal('same');
    expect(trends({ rtt_ms: { ...times, p50: 10 } }, { rtt_ms: { ...times, p50: 11.5 } }).p50).to.equal('worse');
    expect(trends({ rtt_ms: { ...times, max: 50 } }, { rtt_ms: { ...times, max: 20 } }).max).to.equal('better');
    expect(trends({}, { messages: { sent: 20, ok: 19, failed: 1 } }).failed).to.equal('worse');
  });

  it('names the settings in which they differ', () => {
    const { settings } = reportWith();
    const now = reportWith({ settings: { ...settings, payload_size: '1024', rate: 100 } });
    expect(differingSettings(reportWith(), now)).to.deep.equal(['payload_size 64, now 1024', 'rate none, now 100']);
  });

  it('stands in the text report', () => {
    const baseline = { file: 'old.json', report: reportWith() };
    const text = loadTextReport(reportWith({ rtt_ms: { ...times, p99: 8 } }), [], { baseline });
    expect(text).to.include('compared with old.json, of 2024-01-02T03:04:05.000Z:\n');
    expect(text).to.match(/^ {2}rate +2000\/s +2000\/s +0\.0% {2}same$/m);
    expect(text).to.match(/^ {2}p99 +0\.40ms +8\.00ms +x20 {2}worse$/m);
  });

  it('refuses a file that is not there, or is no report', () => {
    const file = join(temporaryFolder(), 'old.json');
    expect(() => readBaseline(file))
      .to.throw(RunError, /old\.json: cannot be read: no such file or directory \(ENOENT\)/)
      .with.property('exit', 'noInput');
    for (const text of ['', '{}', '[]', 'null', '{"settings":{},"rate_per_s":"much"}']) {
      writeFileSync(file, text);
      expect(() => readBaseline(file), text)
        .to.throw(RunError, /not a report that echo-load-test --json printed/)
        .with.property('exit', 'usage');
    }
    const refused: [report: object, words: RegExp][] = [
      [{ rate_per_s: 1, settings: {} }, /a report of format none; this version reads format 1/],
      [{ ...reportWith(), format: 2 }, /a report of format 2; this version reads format 1: run the load test again/],
      [{ ...reportWith(), latencies: {} }, /a report whose histograms are damaged or missing/],
    ];
    for (const [report, words] of refused) {
      writeFileSync(file, JSON.stringify(report));
      expect(() => readBaseline(file))
        .to.throw(RunError, words)
        .with.property('exit', 'usage');
    }
    writeFileSync(file, JSON.stringify(reportWith()));
    expect(readBaseline(file).report).to.deep.equal(reportWith());
  });
});
