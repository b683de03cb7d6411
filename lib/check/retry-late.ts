import type { CheckCase } from './case';
import { DEFAULT_PATIENCE } from './exchange';
import type { Target } from './target';
import type { Verdict } from './verdict';

/** After this many cases in a row have failed again, the server is slow, and not this machine. */
const ENOUGH = 2;
/** A case that failed in less than this share of the shortest timeout did not fail because something was late. */
const LATE_SHARE = 0.8;

/**
 * Whether a case failed after so long that a busy machine may be the reason: the server answered late, or took a client for silent. A timed
 * case that has waited for the server's timeout twice is not run again: its own wait allows for a slow machine.
 */
function mayBeLate({ case: check, status, durationMs }: Verdict, target: Target): boolean {
  const { patience = DEFAULT_PATIENCE, serverTimeout = Infinity } = target;
  const waitedLong = check.pace === 'timed' && durationMs >= (serverTimeout * 2 + patience / 2) * 1000;
  return status === 'failed' && !waitedLong && durationMs >= Math.min(patience, serverTimeout) * 1000 * LATE_SHARE;
}

type Run = (check: CheckCase) => Promise<Verdict>;

async function runAgain(first: Verdict, run: Run): Promise<Verdict> {
  const second = await run(first.case);
  const reason = `when run again; the first time it got ${first.failure?.got ?? ''}`;
  return second.status === 'passed' ? { ...second, reason } : first;
}

/**
 * Runs cases again that may have failed only because this machine was busy, now that little else runs. A case that then passes says so in
 * its verdict. One that failed with a wrong answer is not run again.
 * @returns the verdicts, in the same order
 */
export async function retryLate(
  verdicts: readonly Verdict[],
  target: Target,
  { stop, run }: { readonly stop?: AbortSignal | undefined; readonly run: Run },
): Promise<Verdict[]> {
  const results = new Map(verdicts.map((verdict) => [verdict.case, verdict]));
  const late = verdicts.filter((verdict) => mayBeLate(verdict, target));
  const runsBeside = (verdict: Verdict): boolean => verdict.case.pace === 'timed' && target.concurrent !== false;

  const timed = late.filter(runsBeside).map(async (verdict) => {
    results.set(verdict.case, await runAgain(verdict, run));
  });
  let failedInARow = 0;
  for (const verdict of late.filter((one) => !runsBeside(one))) {
    if (failedInARow === ENOUGH || stop?.aborted) break;
    const second = await runAgain(verdict, run);
    failedInARow = second.status === 'passed' ? 0 : failedInARow + 1;
    results.set(verdict.case, second);
  }
  await Promise.all(timed);
  return [...results.values()];
}
