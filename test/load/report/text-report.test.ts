import { expect } from 'chai';
import type { ClientLine } from '../../../lib/load/report/client-line';
import type { LoadReport } from '../../../lib/load/report/load-report';
import { formatMetric } from '../../../lib/load/report/metrics';
import { loadTextReport } from '../../../lib/load/report/text-report';
import { reportWith } from '../../support/load-report';

describe('the text report', () => {
  const results = (count: number, failing: (n: number) => boolean = () => false): ClientLine[] =>
    Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      ok: failing(index + 1) ? 9 : 10,
      rtt: { min: 0.1, max: 0.3, avg: 0.2 },
      fault: failing(index + 1) ? 'client_reset' : undefined,
    }));
  const linesOf = (...args: Parameters<typeof loadTextReport>): string[] =>
    loadTextReport(...args)
      .trimEnd()
      .split('\n');

  it('says first what was run against what', () => {
    const { settings } = reportWith();
    const head = (changes: Partial<LoadReport['settings']>): string | undefined =>
      linesOf(reportWith({ settings: { ...settings, ...changes } }), [])[0];
    expect(head({})).to.equal('load test of 127.0.0.1:9900: 2 clients, 1 at a time, 10 messages of 64 bytes each');
    expect(head({ concurrency: 2, pipeline: 16, warmup_s: 1 })).to.match(
      /: 2 clients, all at once, .*, 16 in flight, after 1 s of warm-up$/,
    );
    expect(
      head({ clients: 1, messages: null, duration_s: 30, rate: 0.25, pipeline: null, payload_size: '0-9' }),
    ).to.match(/: 1 client, messages of 0-9 bytes for 30 s, 0\.25\/s, sent when due$/);
  });

  it('has a line for each of a few clients, of more only where one failed, or where it is asked to', () => {
    expect(linesOf(reportWith(), results(10)).filter((line) => line.startsWith('client'))).to.have.length(10);
    expect(linesOf(reportWith(), results(11)).filter((line) => line.startsWith('client'))).to.have.length(0);
    expect(
      linesOf(reportWith(), results(100), { perClient: true }).filter((line) =>
        /^client +\d+: 10\/10 ok {2}rtt/.test(line),
      ),
    ).to.have.length(100);
    const failed = linesOf(
      reportWith(),
      results(50, (n) => n > 20),
    );
    expect(failed.filter((line) => line.startsWith('client'))).to.have.length(10);
    expect(failed[1]).to.match(/^client {2}21: 9\/10 FAILED .* client_reset$/);
    expect(failed).to.include('... and 20 more failed: --per-client shows them all');
  });

  it('accounts for every message, those in flight at an interruption included', () => {
    const lines = linesOf(
      reportWith({ messages: { sent: 20, ok: 15, failed: 1 }, unanswered: 4, interrupted: true }),
      [],
    );
    expect(lines).to.include('total: 2 clients, 20 messages, 15 ok, 1 failed, 4 unanswered');
    expect(linesOf(reportWith(), [])).to.include('total: 2 clients, 20 messages, 20 ok, 0 failed');
  });

  it('keeps three digits of a low rate', () => {
    const { settings } = reportWith();
    const rate = (rate_per_s: number): string =>
      loadTextReport(
        reportWith({
          rate_per_s,
          settings: { ...settings, pipeline: 2 },
          duration_ms: 12_000,
          bytes: 204,
          messages: { sent: 3, ok: 3, failed: 0 },
        }),
        [],
      );
    expect(rate(0.25)).to.include('rate: 0.25 messages/s over 12 s, 204 B received (17 B/s)\n');
    expect(rate(12.345)).to.include('rate: 12.3 messages/s');
    expect(rate(27078.4)).to.include('rate: 27078 messages/s');
    expect(formatMetric(0.25, '/s')).to.equal('0.25/s');
  });
});
