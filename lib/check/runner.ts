import { setMaxListeners } from 'node:events';
import type { CheckCase } from './case';
import { retryLate } from './retry-late';
import { type CaseOptions, runCheck } from './run-case';
import { inPacedOrder } from './lanes';
import type { Target } from './target';
import type { Verdict } from './verdict';

export interface RunOptions extends CaseOptions {
  /** Called when a case begins and ends, also when it is run again. */
  readonly onBegin?: (check: CheckCase) => void;
  readonly onEnd?: (check: CheckCase) => void;
}

/**
 * Runs cases, each on its own connections: see {@link inPacedOrder} and {@link retryLate}. A server that serves one client at a time
 * (`concurrent: false`) gets one case after another.
 * @returns the verdicts, in the order of `cases`
 */
export async function runChecks(
  cases: readonly CheckCase[],
  target: Target,
  { stop, clock, onBegin, onEnd }: RunOptions = {},
): Promise<Verdict[]> {
  if (stop) setMaxListeners(0, stop); // each running case adds one
  const verdicts = new Map<CheckCase, Verdict>();
  const run = async (check: CheckCase): Promise<Verdict> => {
    onBegin?.(check);
    try {
      return await runCheck(check, target, { stop, clock });
    } finally {
      onEnd?.(check);
    }
  };
  await inPacedOrder(cases, target.concurrent !== false, async (check) => {
    verdicts.set(check, await run(check));
  });
  return retryLate(
    cases.flatMap((check) => verdicts.get(check) ?? []),
    target,
    { stop, run },
  );
}
