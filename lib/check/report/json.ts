import type { Rule } from '../case';
import { overTls } from '../over-tls';
import { hexDiff } from '../hex-diff';
import type { Transcript } from '../transcript';
import type { Verdict } from '../verdict';
import type { CheckReport } from './check-report';

/** A sentence, and below it the bytes around the first difference in hex. */
function withHex(sentence: string, bytes: Transcript | undefined, part: 'sent' | 'expected' | 'got'): string {
  return bytes ? [sentence, ...hexDiff(bytes)[part]].join('\n') : sentence;
}

function caseJson({ case: check, status, durationMs, reason, failure }: Verdict<Rule>): object {
  const { id, level, rule, sends, expects } = check;
  return {
    id,
    level,
    rule,
    status,
    sent: withHex(sends, failure?.bytes, 'sent'),
    expected: withHex(expects, failure?.bytes, 'expected'),
    got: failure ? withHex(failure.got, failure.bytes, 'got') : status === 'passed' ? 'as expected' : '',
    ...(failure && { likely: failure.likely }),
    ...(failure?.overTls !== undefined && { over_tls: failure.overTls }),
    ...(failure?.bytes && { first_difference: hexDiff(failure.bytes).at }),
    ...(reason !== undefined && { reason }),
    duration_ms: durationMs,
  };
}

/** The report as one line of JSON. `failed` includes the warnings: passed, failed and skipped add up to the cases. */
export function jsonReport({ verdicts, totals, interrupted, causes }: CheckReport): string {
  return JSON.stringify({
    cases: verdicts.map(caseJson),
    ...totals,
    interrupted,
    causes: causes.map(({ likely, verdicts: explained }) => ({
      likely,
      cases: explained.map(({ case: { id } }) => id),
    })),
  });
}

/** The cases as one line of JSON. */
export function jsonList(cases: readonly Rule[]): string {
  return JSON.stringify({
    cases: cases.map(({ id, level, rule, why, sends, expects, needs = [] }) => ({
      id,
      level,
      rule,
      why,
      sends,
      expects,
      over_tls: overTls({ id }) ?? null,
      needs,
    })),
  });
}
