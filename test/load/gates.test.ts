import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { RunError } from '../../lib/errors';
import { compareFigures, differingSettings, readEarlier } from '../../lib/load/comparison';
import { parseExpectation, showVerdict } from '../../lib/load/expectation';
import { LeakCheck } from '../../lib/load/leak-check';
import { limitOf } from '../../lib/load/limit';
import { type LoadReport, isGood } from '../../lib/load/report';
import { textReport } from '../../lib/load/text-report';
import { temporaryFolder } from '../support/trustctl';

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
    },
    clients: 2,
    messages: { sent: 20, ok: 20, failed: 0 },
    rtt_ms: times,
    connect_ms: times,
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
  ];
  for (const [text, holds] of conditions) {
    it(`${text} ${holds ? 'holds' : 'does not hold'}`, () => {
      expect(parseExpectation(text)(reportWith()).holds).to.equal(holds);
    });
  }

  it('does not hold where there is no figure to hold it against', () => {
    const verdict = parseExpectation('p99<5ms')(reportWith({ rtt_ms: nothing }));
    expect(showVerdict(verdict)).to.equal('expect p99<5ms: FAILED, it was none');
  });

  it('counts errors, not kinds of errors', () => {
    const errors = [
      { event: 'client_reset', count: 3, first: '' },
      { event: 'recv_timeout', count: 4, first: '' },
    ] as const;
    expect(parseExpectation('errors=7')(reportWith({ errors })).holds).to.equal(true);
  });

  const refused: [text: string, why: RegExp][] = [
    ['p98<5ms', /there is no figure p98; there are rate, min, avg/],
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
    const rows = new Map(compareFigures(reportWith(), now).map((row) => [row.name, row]));
    expect(rows.get('rate')).to.include({ before: 2000, now: 2500, change: 25, verdict: 'better' });
    expect(rows.get('p50')).to.include({ verdict: 'same' });
    expect(rows.get('p99')).to.include({ verdict: 'worse' });
    expect(rows.get('failed')).to.include({ before: 0, now: 2, change: null, verdict: 'worse' });
  });

  it('names the settings in which they differ', () => {
    const { settings } = reportWith();
    const now = reportWith({ settings: { ...settings, payload_size: '1024', rate: 100 } });
    expect(differingSettings(reportWith(), now)).to.deep.equal(['payload_size 64, now 1024', 'rate none, now 100']);
  });

  it('stands in the text report', () => {
    const text = textReport(reportWith({ rtt_ms: { ...times, p99: 8 } }), [], {
      file: 'old.json',
      report: reportWith(),
    });
    expect(text).to.include('compared with old.json, of 2024-01-02T03:04:05.000Z:\n');
    expect(text).to.match(/^ {2}rate +2000\/s +2000\/s +0\.0% {2}same$/m);
    expect(text).to.match(/^ {2}p99 +0\.40ms +8\.00ms +x20 {2}worse$/m);
  });

  it('refuses a file that is not there, or is no report', () => {
    const file = join(temporaryFolder(), 'old.json');
    expect(() => readEarlier(file))
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
      expect(() => readEarlier(file), text)
        .to.throw(RunError, /not what echo-load-test --json printed/)
        .with.property('exit', 'usage');
    }
    writeFileSync(file, JSON.stringify(reportWith()));
    expect(readEarlier(file).report).to.deep.equal(reportWith());
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

describe('limitOf', () => {
  const calm = { cpu_percent: 50, loop_delay_ms: { avg: 0, p99: 1, max: 5 } };
  it('has nothing to say of a calm process', () => expect(limitOf(calm, undefined)).to.equal(null));
  it('tells of a core that is used up', () => {
    expect(limitOf({ ...calm, cpu_percent: 98 }, undefined)).to.match(/itself may have been the limit.*98 % of a core/);
  });
  it('does not hold it against an open loop that it waits busily, but that it is late', () => {
    expect(limitOf({ ...calm, cpu_percent: 100 }, { ...times, p99: 0.2 })).to.equal(null);
    expect(limitOf(calm, { ...times, p99: 3, max: 9 })).to.match(/it sent late: p99 3\.0 ms, at most 9\.0 ms/);
  });
  it('tells of delays of its own', () => {
    const busy = { ...calm, loop_delay_ms: { avg: 5, p99: 40, max: 120 } };
    expect(limitOf(busy, undefined)).to.match(/its own delays reached 120 ms/);
  });
});
