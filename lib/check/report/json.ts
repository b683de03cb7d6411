import type { Transcript } from '../transcript';
import type { CheckCase } from '../case';
import type { Verdict } from '../verdict';
import { causesOf } from '../causes';
import { overTls } from '../over-tls';
import { hexDiff } from '../hex-diff';
import { isUnfinished, totalsOf } from '../totals';

/** A sentence, and under it the bytes near the first difference as `hexdump -C` shows them. */
function withHex(sentence: string, bytes: Transcript | undefined, part: 'sent' | 'expected' | 'got'): string {
  return bytes ? [sentence, ...hexDiff(bytes)[part]].join('\n') : sentence;
}

function caseJson({ case: check, status, durationMs, reason, failure }: Verdict): object {
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

/** The run as one JSON object, on one line. `failed` counts warnings too: the three counts add up to the cases. */
export function jsonReport(verdicts: readonly Verdict[], strict: boolean): string {
  return JSON.stringify({
    cases: verdicts.map(caseJson),
    ...totalsOf(verdicts, strict),
    interrupted: isUnfinished(verdicts),
    causes: causesOf(verdicts).map(({ likely, verdicts: explained }) => ({
      likely,
      cases: explained.map(({ case: { id } }) => id),
    })),
  });
}

/** What the cases are, as one JSON object. */
export function jsonList(cases: readonly CheckCase[]): string {
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
