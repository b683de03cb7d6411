import type { Rule } from '../case';
import { type Cause, causesOf } from '../causes';
import type { Verdict } from '../verdict';

/** The result of a check, from which all reports are made. */
export interface CheckReport {
  readonly verdicts: readonly Verdict<Rule>[];
  /** Whether a SHOULD that does not hold fails the check. */
  readonly strict: boolean;
  readonly seconds: number;
  readonly totals: Totals;
  readonly causes: readonly Cause[];
  /** The run ended before every case had a verdict. */
  readonly interrupted: boolean;
}

/** Cases by status. `warnings` are those of `failed` that do not fail the check: SHOULDs, unless it is strict. */
interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly warnings: number;
}

export function makeCheckReport(
  verdicts: readonly Verdict<Rule>[],
  { strict, seconds }: Pick<CheckReport, 'strict' | 'seconds'>,
): CheckReport {
  const count = (matches: (verdict: Verdict<Rule>) => boolean): number => verdicts.filter(matches).length;
  return {
    verdicts,
    strict,
    seconds,
    totals: {
      passed: count(({ status }) => status === 'passed'),
      failed: count(({ status }) => status === 'failed'),
      skipped: count(({ status }) => status === 'skipped'),
      warnings: count((verdict) => isWarning(verdict, strict)),
    },
    causes: causesOf(verdicts),
    interrupted: verdicts.some(({ unfinished }) => unfinished),
  };
}

/** Whether a failed case does not fail the check. */
export function isWarning({ status, case: check }: Verdict<Rule>, strict: boolean): boolean {
  return status === 'failed' && check.level === 'SHOULD' && !strict;
}

/** Whether no case failed, apart from warnings. */
export function checkPassed({ totals: { failed, warnings } }: CheckReport): boolean {
  return failed === warnings;
}
