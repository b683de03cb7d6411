import { setMaxListeners } from 'node:events';
import type { CheckCase } from './case';
import type { Target } from './target';
import type { Verdict } from './verdict';
import { runCheck } from './run-case';
import { schedule } from './schedule';
import { retryLate } from './retry-late';

export interface RunOptions {
  /** Ends the run: what has no verdict yet is skipped. */
  readonly stop?: AbortSignal;
  /** Called as each case begins and ends, and again where it is tried a second time. */
  readonly onBegin?: (check: CheckCase) => void;
  readonly onEnd?: (check: CheckCase) => void;
}

/**
 * Runs the cases, each on connections of its own, as {@link schedule} and {@link retryLate} say. A server that serves one
 * client at a time (`concurrent: false`) gets one case after another.
 * @returns the verdicts in the order of `cases`
 */
export async function runChecks(
  cases: readonly CheckCase[],
  target: Target,
  { stop, onBegin, onEnd }: RunOptions = {},
): Promise<Verdict[]> {
  if (stop) setMaxListeners(0, stop); // every running case listens to it
  const verdicts = new Map<CheckCase, Verdict>();
  const run = async (check: CheckCase): Promise<Verdict> => {
    onBegin?.(check);
    try {
      return await runCheck(check, target, stop);
    } finally {
      onEnd?.(check);
    }
  };
  await schedule(cases, target.concurrent !== false, async (check) => {
    verdicts.set(check, await run(check));
  });
  return retryLate(
    cases.flatMap((check) => verdicts.get(check) ?? []),
    target,
    { stop, run },
  );
}
