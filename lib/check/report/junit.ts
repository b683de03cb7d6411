import { groupOf, groupsOf, type Rule } from '../case';
import { hexDiff } from '../hex-diff';
import type { Failure, Verdict } from '../verdict';
import { type CheckReport, isWarning } from './check-report';

/** Escapes text for XML 1.0, and replaces the control characters that XML cannot represent. */
function xml(text: string): string {
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '?').replace(/[&<>"\n]/g, (char) => escapes[char] ?? char);
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3);

function details({ case: check }: Verdict<Rule>, { got, likely, bytes }: Failure): string {
  const diff = bytes && hexDiff(bytes);
  return [
    `sent: ${check.sends}`,
    `expected: ${check.expects}`,
    `got: ${got}`,
    `likely: ${likely}`,
    ...(diff ? ['sent', ...diff.sent, 'expected', ...diff.expected, 'got', ...diff.got] : []),
  ].join('\n');
}

function testCase(verdict: Verdict<Rule>, strict: boolean): string {
  const { case: check, status, reason, failure } = verdict;
  const group = groupOf(check);
  const name = `${check.id.slice(group.length + 1)} ${check.rule}`;
  const open = `    <testcase classname="echo-check.${group}" name="${xml(name)}" time="${inSeconds(verdict.durationMs)}"`;
  // An error and not a skip: most CI systems count skipped cases as good.
  if (verdict.unfinished) return `${open}><error type="interrupted" message="${xml(reason ?? '')}"/></testcase>`;
  if (status === 'skipped') return `${open}><skipped message="${xml(reason ?? '')}"/></testcase>`;
  if (!failure) return `${open}/>`;
  const body = xml(details(verdict, failure)).replaceAll('&#10;', '\n');
  if (isWarning(verdict, strict)) return `${open}><system-out>warning: ${body}</system-out></testcase>`;
  return `${open}><failure type="${check.level}" message="${xml(`${failure.got}; likely: ${failure.likely}`)}">${body}</failure></testcase>`;
}

/** The report as JUnit XML, a suite for each group. A warning is no failure, but text in the output of its case. */
export function junitReport({ verdicts, strict, seconds }: CheckReport): string {
  const counts = (of: readonly Verdict<Rule>[]): string => {
    const failures = of.filter((verdict) => verdict.status === 'failed' && !isWarning(verdict, strict)).length;
    const errors = of.filter(({ unfinished }) => unfinished).length;
    const skipped = of.filter(({ status }) => status === 'skipped').length - errors;
    return `tests="${of.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  };
  const suites = groupsOf(verdicts.map(({ case: check }) => check)).flatMap((group) => {
    const ofGroup = verdicts.filter((verdict) => groupOf(verdict.case) === group);
    if (ofGroup.length === 0) return [];
    const time = inSeconds(ofGroup.reduce((sum, { durationMs }) => sum + durationMs, 0));
    const cases = ofGroup.map((verdict) => testCase(verdict, strict));
    return [`  <testsuite name="${group}" ${counts(ofGroup)} time="${time}">`, ...cases, '  </testsuite>'];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trustctl echo-check" ${counts(verdicts)} time="${seconds.toFixed(3)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}
