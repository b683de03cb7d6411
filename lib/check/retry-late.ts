import type { CheckCase } from './case';
import type { Target } from './target';
import type { Verdict } from './verdict';
import { DEFAULT_PATIENCE } from './exchange';
import { runCheck } from './run-case';

/** After so many second tries in a row that failed again, the server is what is slow, and not this machine. */
const ENOUGH = 2;
/** A share of the shortest wait: what failed sooner did not fail by the clock. */
const NEARLY = 0.8;

/**
 * It failed, and took so long that a busy machine may be why: the server was late, or took a client for silent. Not so
 * where a case has waited out the server's timeout and the grace on top of it.
 */
function failedByTheClock({ case: check, status, durationMs }: Verdict, target: Target): boolean {
  const { patience = DEFAULT_PATIENCE, serverTimeout = Infinity } = target;
  const waitedLong = check.pace === 'timed' && durationMs >= (serverTimeout * 2 + patience / 2) * 1000;
  return status === 'failed' && !waitedLong && durationMs >= Math.min(patience, serverTimeout) * 1000 * NEARLY;
}

type Run = (check: CheckCase) => Promise<Verdict>;

async function again(verdict: Verdict, run: Run): Promise<Verdict> {
  const second = await run(verdict.case);
  const reason = `at the second try; at the first: ${verdict.failure?.got ?? ''}`;
  return second.status === 'passed' ? { ...second, reason } : verdict;
}

/**
 * A wrong answer is wrong on any machine; one that came late, or not in time, may be the machine's doing. So each case
 * that failed by the clock is tried once more while little else runs, and passes with a word about the first try.
 * @returns the verdicts, those replaced that passed this time
 */
export async function retryLate(
  verdicts: readonly Verdict[],
  target: Target,
  {
    stop,
    run = (check) => runCheck(check, target, stop),
  }: { readonly stop?: AbortSignal | undefined; readonly run?: Run } = {},
): Promise<Verdict[]> {
  const results = new Map(verdicts.map((verdict) => [verdict.case, verdict]));
  const late = verdicts.filter((verdict) => failedByTheClock(verdict, target));
  const waitsForClock = (verdict: Verdict): boolean => verdict.case.pace === 'timed' && target.concurrent !== false;

  const timed = late.filter(waitsForClock).map(async (verdict) => {
    results.set(verdict.case, await again(verdict, run));
  });
  let inVain = 0;
  for (const verdict of late.filter((one) => !waitsForClock(one))) {
    if (inVain === ENOUGH || stop?.aborted) break;
    const second = await again(verdict, run);
    inVain = second.status === 'passed' ? 0 : inVain + 1;
    results.set(verdict.case, second);
  }
  await Promise.all(timed);
  return [...results.values()];
}
