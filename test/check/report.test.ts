import { expect } from 'chai';
import { allCases, type Verdict } from '../../lib/check';
import { causesOf, shortIds } from '../../lib/check/causes';
import { hexDiff } from '../../lib/check/hex-diff';
import { type CheckReport, checkPassed, makeCheckReport } from '../../lib/check/report/check-report';
import { jsonReport } from '../../lib/check/report/json';
import { junitReport } from '../../lib/check/report/junit';
import { colored, textList, textReport } from '../../lib/check/report/text';
import { frame } from '../../lib/check/wire';

const called = (id: string): Verdict['case'] => allCases.find((check) => check.id === id)!;
const wire = frame('hello <&> "you"');
const littleEndian = Buffer.concat([wire.subarray(0, 4).reverse(), wire.subarray(4)]);

const passed: Verdict = { case: called('connection/1.1'), status: 'passed', durationMs: 101 };
const skipped: Verdict = { case: called('limits/4.1'), status: 'skipped', durationMs: 0, reason: 'tell the limit' };
const failed: Verdict = {
  case: called('framing/2.1'),
  status: 'failed',
  durationMs: 12,
  failure: {
    got: 'other bytes',
    likely: 'little-endian <order>',
    bytes: { sent: wire, expected: frame('hello <&> "you"'), got: littleEndian },
  },
};
const warned: Verdict = {
  case: called('endurance/6.2'),
  status: 'failed',
  durationMs: 1500,
  failure: { got: 'nothing for 5 s', likely: 'a pool of fixed size' },
};
const verdicts = [passed, failed, skipped, warned];

const reportOf = (of: readonly Verdict[], strict = false): CheckReport =>
  makeCheckReport(of, { strict, seconds: 1.23 });

describe('reports of echo-check', () => {
  it('count a SHOULD that fails as a warning, which fails a strict run only', () => {
    expect(reportOf(verdicts).totals).to.deep.equal({ passed: 1, failed: 2, skipped: 1, warnings: 1 });
    expect(checkPassed(reportOf([passed, warned]))).to.equal(true);
    expect(checkPassed(reportOf([passed, warned], true))).to.equal(false);
    expect(checkPassed(reportOf([passed, failed]))).to.equal(false);
  });

  it('show rows of hex around the first difference', () => {
    const expected = Buffer.alloc(100, 'a');
    const got = Buffer.from(expected);
    got[50] = 0x62;
    const diff = hexDiff({ sent: expected, expected, got });
    expect(diff.at).to.equal(50);
    expect(diff.got.map((row) => row.slice(0, 8))).to.deep.equal(['00000020', '00000030', '00000040', '00000050']);
    expect(diff.got[1]).to.equal('00000030  61 61 62 61 61 61 61 61  61 61 61 61 61 61 61 61  |aabaaaaaaaaaaaaa|');
    expect(hexDiff({ sent: got, expected, got: Buffer.alloc(0) }).got).to.deep.equal(['(no byte)']);
  });

  it('as text: groups, a mark and a rule each, and of a failure the exchange and its likely bug', () => {
    const text = textReport(reportOf(verdicts));
    expect(text).to.include('connection\n  ✓ connection/1.1 ');
    expect(text).to.match(
      /✗ framing\/2\.1 .*\n {6}sent .*\n {6}expected .*\n {6}got +other bytes\n {6}likely +little-endian/,
    );
    expect(text).to.include('first difference at byte 0 of the reply:');
    expect(text).to.include('00000000  0f 00 00 00 68 65 6c 6c  6f');
    expect(text).to.include('skipped: tell the limit');
    expect(text).to.match(/! endurance\/6\.2/);
    expect(text).to.match(/1 passed, 1 failed, 1 warning, 1 skipped in 1\.2 s$/);
    expect(textReport(reportOf(verdicts, true))).to.match(/1 passed, 2 failed, 1 skipped in/);
    expect(text).to.not.include('\x1b');
    expect(textReport(reportOf(verdicts), colored)).to.include('\x1b[31m');
  });

  it('as JSON: one line, each case with what was sent, expected and got', () => {
    const line = jsonReport(reportOf(verdicts));
    expect(line).to.not.include('\n');
    const report = JSON.parse(line) as {
      cases: Record<string, unknown>[];
      passed: number;
      failed: number;
      skipped: number;
    };
    expect(report).to.include({ passed: 1, failed: 2, skipped: 1, warnings: 1 });
    for (const one of report.cases) expect(one).to.include.all.keys('id', 'rule', 'status', 'sent', 'expected', 'got');
    expect(report.cases[0]).to.include({ id: 'connection/1.1', status: 'passed', got: 'as expected' });
    expect(report.cases[1]).to.include({ status: 'failed', first_difference: 0 });
    expect(report.cases[1]!.got).to.match(/^other bytes\n00000000 {2}0f 00/);
    expect(report.cases[2]).to.include({ status: 'skipped', reason: 'tell the limit' });
  });

  it('as JUnit XML: a suite for each group, escaped, a SHOULD as a failure when strict only', () => {
    const xml = junitReport(reportOf(verdicts));
    expect(xml).to.match(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="trustctl echo-check" tests="4" failures="1" errors="0" skipped="1"/,
    );
    expect(xml).to.include('<testsuite name="framing" tests="1" failures="1" errors="0" skipped="0"');
    expect(xml).to.include('likely: little-endian &lt;order&gt;');
    expect(xml).to.include('|....hello &lt;&amp;&gt; &quot;y|');
    expect(xml).to.include('<skipped message="tell the limit"/>');
    expect(xml).to.include('<system-out>warning: ');
    expect(xml.match(/<failure /g)).to.have.length(1);
    expect(junitReport(reportOf(verdicts, true)).match(/<failure /g)).to.have.length(2);
  });

  describe('of many failures with one cause', () => {
    const littleEndianFailure = (id: string): Verdict => ({ ...failed, case: called(id) });
    const many = ['connection/1.1', 'connection/1.2', 'framing/2.1', 'framing/2.3'].map(littleEndianFailure);

    it('show the exchange once, under the simplest case, and what it explains last', () => {
      const text = textReport(reportOf([...many, warned]));
      expect(text.match(/first difference/g)).to.have.length(1);
      expect(text).to.match(/✗ framing\/2\.1 .*\n {6}sent /);
      expect(text).to.match(/✗ connection\/1\.2 .*\n {6}got +other bytes\n {6}likely +as framing\/2\.1\n/);
      expect(text).to.match(
        /failures by likely cause\n {2}4 {2}little-endian <order>\n {5}connection\/1\.1 1\.2 framing\/2\.1 2\.3\n {2}1 {2}a pool of fixed size\n {5}endurance\/6\.2\n\n0 passed, 4 failed, 1 warning, 0 skipped in 1\.2 s$/,
      );
      const { causes } = JSON.parse(jsonReport(reportOf([...many, warned]))) as { causes: unknown[] };
      expect(causes[0]).to.deep.equal({
        likely: 'little-endian <order>',
        cases: ['connection/1.1', 'connection/1.2', 'framing/2.1', 'framing/2.3'],
      });
    });

    it('put down to the simplest exchange what fails in the same way without a byte to tell', () => {
      const silent = (id: string, got: string): Verdict => ({
        case: called(id),
        status: 'failed',
        durationMs: 5000,
        failure: { got, likely: called(id).likely },
      });
      const [cause, other] = causesOf([
        silent('connection/1.5', 'after clients that reset, the next client got nothing for 5 s'),
        silent('framing/2.1', 'nothing for 5 s'),
        silent('framing/2.2', 'nothing for 5 s'),
        silent('framing/2.14', 'a reset (RST)'),
      ]);
      expect(cause!.likely).to.equal(called('framing/2.1').likely);
      expect(shortIds(cause!.verdicts)).to.equal('connection/1.5 framing/2.1 2.2');
      expect(other!.verdicts).to.have.length(1);
    });
  });

  it('replaces what XML cannot hold', () => {
    const odd: Verdict = { ...warned, failure: { got: 'a\0b\x1bc\ud800d', likely: '' } };
    expect(junitReport(reportOf([odd], true))).to.include('a?b?c?d');
  });

  it('list the cases, a line each', () => {
    expect(textList(allCases).split('\n')).to.have.length(allCases.length);
    expect(textList([called('framing/2.1')])).to.match(/^framing\/2\.1 +MUST +A frame is echoed whole/);
  });
});
