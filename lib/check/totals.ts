import type { Verdict } from './verdict';

/** What a run comes to. `warnings` are those of `failed` that broke a SHOULD and, without `--strict`, fail nothing. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly warnings: number;
}

/** Whether a verdict is a failure that the run lives with: a SHOULD that does not hold, unless the run is strict. */
export function isWarning({ status, case: check }: Verdict, strict: boolean): boolean {
  return status === 'failed' && check.level === 'SHOULD' && !strict;
}

export function totalsOf(verdicts: readonly Verdict[], strict: boolean): Totals {
  const count = (fits: (verdict: Verdict) => boolean): number => verdicts.filter(fits).length;
  return {
    passed: count(({ status }) => status === 'passed'),
    failed: count(({ status }) => status === 'failed'),
    skipped: count(({ status }) => status === 'skipped'),
    warnings: count((verdict) => isWarning(verdict, strict)),
  };
}

/** Whether the run ended before each case had its verdict, so that none of it says that the server is right. */
export function isUnfinished(verdicts: readonly Verdict[]): boolean {
  return verdicts.some(({ unfinished }) => unfinished);
}

/** Whether nothing failed but what the run warns of. */
export function isGood({ failed, warnings }: Totals): boolean {
  return failed === warnings;
}
