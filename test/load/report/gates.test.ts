import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FrameClientError } from '../../../lib/client/client-error';
import { RunError } from '../../../lib/errors/run-error';
import { compareMetrics, differingSettings, readBaseline } from '../../../lib/load/report/comparison';
import { parseExpectation, showExpectation } from '../../../lib/load/report/expectation';
import { showMetric } from '../../../lib/load/report/metrics';
import { Latencies } from '../../../lib/load/measure/latencies';
import { LeakCheck } from '../../../lib/load/measure/leak-check';
import { generatorLimit } from '../../../lib/load/report/generator-limit';
import type { ClientResult } from '../../../lib/load/load-client';
import { type LoadReport, isGood } from '../../../lib/load/report/load-report';
import { textReport } from '../../../lib/load/report/text-report';
import { temporaryFolder } from '../../support/trustctl';

const times = { min: 0.1, avg: 0.2, stddev: 0.05, p50: 0.18, p90: 0.24, p99: 0.4, p999: 0.44, p9999: 0.45, max: 0.45 };

/** A report of a good run, with some of it changed. */
function reportWith(changes: Partial<LoadReport> = {}): LoadReport {
  return {
    version: '0',
    started: '2024-01-02T03:04:05.000Z',
    target: '127.0.0.1:9900',
    settings: {
      clients: 2,
      concurrency: 1,
      messages: 10,
      duration_s: null,
      warmup_s: 0,
      payload_size: '64',
      pipeline: 1,
      rate: null,
      connect_rate: null,
      timeout_s: 5,
      tls: false,
    },
    clients: 2,
    messages: { sent: 20, ok: 20, failed: 0 },
    unanswered: 0,
    rtt_ms: times,
    connect_ms: times,
    handshake_ms: null,
    duration_ms: 10,
    rate_per_s: 2000,
    bytes: 1360,
    errors: [],
    fds: null,
    warmup: { sent: 0, ok: 0, failed: 0 },
    interrupted: false,
    gave_up: false,
    not_run: 0,
    open_loop: null,
    self: { cpu_percent: 10, loop_delay_ms: { avg: 0, p99: 0, max: 0 }, limit: null },
    expectations: [],
    distribution: [[100, 0.45]],
    histogram: [[0.4, 0.5, 20]],
    timeline: { interval_ms: 10, points: [] },
    ...changes,
  };
}

const nothing = {
  ...times,
  min: null,
  avg: null,
  stddev: null,
  p50: null,
  p90: null,
  p99: null,
  p999: null,
  p9999: null,
  max: null,
};

/** 20 round trips of 1 to 20 ms; connects of half as long. */
const all = { rtt: new Latencies(), connect: new Latencies() };
for (let n = 1; n <= 20; n++) {
  all.rtt.record(n);
  all.connect.record(n / 2);
}

describe('parseExpectation', () => {
  const conditions: [text: string, holds: boolean][] = [
    ['p99<5ms', true],
    ['p99 < 0.4', false],
    ['p99<=400us', true],
    ['max<0.001s', true],
    ['p99.9>0.43ms', true],
    ['rate>=2000', true],
    ['rate>2k', false],
    ['rate>1.5k', true],
    ['errors=0', true],
    ['failed=1', false],
    ['connect.p99<1ms', true],
    ['ok>=20', true],
    ['p95<=19.1ms', true],
    ['p95<18.9ms', false],
    ['p99.95>=20ms', true],
    ['p5<1.1ms', true],
    ['p100=20', true],
    ['connect.p95<9.6ms', true],
  ];
  for (const [text, holds] of conditions) {
    it(`${text} ${holds ? 'holds' : 'does not hold'}`, () => {
      expect(parseExpectation(text)(reportWith(), all).holds).to.equal(holds);
    });
  }

  it('does not hold where there is no figure to hold it against', () => {
    const result = parseExpectation('p99<5ms')(reportWith({ rtt_ms: nothing }), all);
    expect(showExpectation(result)).to.equal('expect p99<5ms: FAILED, it was none');
  });

  it('does not hold where there is no percentile either', () => {
    const result = parseExpectation('p95<5ms')(reportWith(), { rtt: new Latencies(), connect: new Latencies() });
    expect(showExpectation(result)).to.equal('expect p95<5ms: FAILED, it was none');
  });

  it('counts errors, not kinds of errors', () => {
    const errors = [
      { event: 'client_reset', count: 3, first: '' },
      { event: 'recv_timeout', count: 4, first: '' },
    ] as const;
    expect(parseExpectation('errors=7')(reportWith({ errors }), all).holds).to.equal(true);
  });

  const refused: [text: string, why: RegExp][] = [
    ['p98th<5ms', /there is no figure p98th; there are rate, min, avg, .*percentiles from p0\.001 to p100/],
    ['p999<5ms', /there is no figure p999;/],
    ['p0<5ms', /there is no figure p0;/],
    ['p99', /must be a figure, a comparison and a number/],
    ['p99<', /must be a figure/],
    ['p99<5 apples', /p99 is not counted in apples; it may be in us, ms, s/],
    ['rate>5ms', /rate is not counted in ms/],
    ['errors!0', /must be a figure/],
    ['toString<5', /must be a figure|there is no figure/],
    ['constructor<5', /there is no figure constructor/],
  ];
  for (const [text, why] of refused) {
    it(`refuses ${text}`, () => {
      expect(() => parseExpectation(text))
        .to.throw(RunError, why)
        .with.property('exit', 'usage');
    });
  }
});

describe('isGood', () => {
  const bad: [name: string, changes: Partial<LoadReport>][] = [
    ['a failed message', { messages: { sent: 20, ok: 19, failed: 1 } }],
    ['a message that failed in the warm-up', { warmup: { sent: 5, ok: 4, failed: 1 } }],
    ['an error', { errors: [{ event: 'reply_unexpected', count: 1, first: '' }] }],
    ['a leak', { fds: { before: 20, after: 21 } }],
    ['a server that is gone', { fds: { before: 20, after: null } }],
    ['a run that was given up', { gave_up: true }],
    ['an expectation that does not hold', { expectations: [{ expect: '', actual: 1, unit: '', holds: false }] }],
  ];
  it('is so where all came back right', () => {
    expect(isGood(reportWith({ fds: { before: 20, after: 20 } }))).to.equal(true);
  });
  for (const [name, changes] of bad) {
    it(`is not so with ${name}`, () => expect(isGood(reportWith(changes))).to.equal(false));
  }
});

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
    const text = textReport(reportWith({ rtt_ms: { ...times, p99: 8 } }), [], { baseline });
    expect(text).to.include('compared with old.json, of 2024-01-02T03:04:05.000Z:\n');
    expect(text).to.match(/^ {2}rate +2000\/s +2000\/s +0\.0% {2}same$/m);
    expect(text).to.match(/^ {2}p99 +0\.40ms +8\.00ms +x20 {2}worse$/m);
  });

  it('refuses a file that is not there, or is no report', () => {
    const file = join(temporaryFolder(), 'old.json');
    expect(() => readBaseline(file))
      .to.throw(RunError, /old\.json: cannot be read: no such file or directory \(ENOENT\)/)
      .with.property('exit', 'noInput');
    for (const text of [
      '',
      '{}',
      '[]',
      'null',
      '{"settings":{},"rate_per_s":"much"}',
      JSON.stringify({ rate_per_s: 1, settings: {} }),
    ]) {
      writeFileSync(file, text);
      expect(() => readBaseline(file), text)
        .to.throw(RunError, /not what echo-load-test --json printed/)
        .with.property('exit', 'usage');
    }
    writeFileSync(file, JSON.stringify(reportWith()));
    expect(readBaseline(file).report).to.deep.equal(reportWith());
  });
});

describe('LeakCheck', () => {
  it('waits for descriptors to be closed before it judges', async () => {
    const leaks = new LeakCheck(process.pid);
    const late = openSync('/dev/null', 'r');
    setTimeout(() => closeSync(late), 100);
    const { before, after } = await leaks.finish();
    expect(after).to.be.at.most(before);
  });

  it('finds those that stay open, when its patience ends', async () => {
    const leaks = new LeakCheck(process.pid, 100);
    const leaked = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r'), openSync('/dev/null', 'r')];
    const { before, after } = await leaks.finish();
    leaked.forEach(closeSync);
    expect(after).to.be.greaterThan(before);
  });

  it('refuses a process that does not exist', () => {
    expect(() => new LeakCheck(0x7fffffff))
      .to.throw(RunError, /no such process/)
      .with.property('exit', 'usage');
  });
});

describe('generatorLimit', () => {
  const calm = { cpu_percent: 50, loop_delay_ms: { avg: 0, p99: 1, max: 5 } };
  const busy = { ...calm, loop_delay_ms: { avg: 5, p99: 40, max: 120 } };
  const run = { ok: 1000, durationMs: 5000, rtt: { p99: 10, max: 200 }, exhausted: 0 };

  it('has nothing to say of a calm process', () => expect(generatorLimit(calm, run)).to.equal(null));

  it('tells of a core that is used up', () => {
    expect(generatorLimit({ ...calm, cpu_percent: 98 }, run)).to.match(
      /itself may have been the limit.*98 % of a core/,
    );
  });

  it('does not hold it against an open loop that it waits busily, but that it is late', () => {
    expect(generatorLimit({ ...calm, cpu_percent: 100 }, { ...run, lateness: { p99: 0.2, max: 1 } })).to.equal(null);
    const late = { ...run, lateness: { p99: 3, max: 9 } };
    expect(generatorLimit(calm, late)).to.match(/it sent late: p99 3\.0 ms, at most 9\.0 ms/);
  });

  it('tells of delays of its own', () => {
    expect(generatorLimit(busy, run)).to.match(/its own delays reached 120 ms/);
  });

  it('has nothing to say where no figure is touched', () => {
    const hot = { ...busy, cpu_percent: 100 };
    expect(generatorLimit(hot, { ...run, ok: 0, rtt: { p99: null, max: null } })).to.equal(null); // a dead server
    expect(generatorLimit(hot, { ...run, ok: 1, durationMs: 30 })).to.equal(null); // one message: it was just starting
    expect(generatorLimit(busy, { ...run, rtt: { p99: 2000, max: 5000 } })).to.equal(null); // a server that is far slower
    expect(generatorLimit(calm, { ...run, rtt: { p99: 900, max: 900 }, lateness: { p99: 3, max: 9 } })).to.equal(null);
  });

  it('takes upon itself the connections for which it had nothing left', () => {
    expect(generatorLimit(calm, { ...run, ok: 0, exhausted: 3 })).to.match(/had no ports, descriptors or memory left/);
  });
});

describe('the text report', () => {
  const results = (count: number, failing: (n: number) => boolean = () => false): ClientResult[] =>
    Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      connected: true,
      sent: 10,
      ok: failing(index + 1) ? 9 : 10,
      rtt: { min: 0.1, max: 0.3, avg: 0.2 },
      fault: failing(index + 1) ? new FrameClientError('client_reset', 'reset') : undefined,
    }));
  const linesOf = (...args: Parameters<typeof textReport>): string[] =>
    textReport(...args)
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
    ).to.match(/: 1 client, messages of 0-9 bytes for 30 s, 0\.25\/s, when due$/);
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
      textReport(
        reportWith({ rate_per_s, settings: { ...settings, pipeline: 2 }, duration_ms: 12_000, bytes: 204 }),
        [],
      );
    expect(rate(0.25)).to.include('rate: 0.25 messages/s over 12 s, 204 B came (17 B/s)\n');
    expect(rate(12.345)).to.include('rate: 12.3 messages/s');
    expect(rate(27078.4)).to.include('rate: 27078 messages/s');
    expect(showMetric(0.25, '/s')).to.equal('0.25/s');
  });
});
