import { setMaxListeners } from 'node:events';
import type { CheckCase, Pace, Target, Verdict } from './case';
import { runCheck } from './run-case';

/** How many quick cases run beside each other: a broken server then costs a few waits, not the sum of all. */
const LANES = 8;

export interface RunOptions {
  /** Ends the run: what has no verdict yet is skipped. */
  readonly stop?: AbortSignal;
  /** Called as each case gets its verdict. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/**
 * Runs the cases, each on connections of its own: the quick ones a few at a time while those that wait for the server's
 * clock all run beside them, then those that need the server for themselves. A server that serves one client at a time
 * (`concurrent: false`) gets one case after another.
 * @returns the verdicts in the order of `cases`
 */
export async function runChecks(
  cases: readonly CheckCase[],
  target: Target,
  options: RunOptions = {},
): Promise<Verdict[]> {
  if (options.stop) setMaxListeners(0, options.stop); // every running case listens to it
  const verdicts = new Map<CheckCase, Verdict>();
  await schedule(cases, target.concurrent !== false, async (check) => {
    const verdict = await runCheck(check, target, options.stop);
    verdicts.set(check, verdict);
    options.onVerdict?.(verdict);
  });
  return cases.flatMap((check) => verdicts.get(check) ?? []);
}

/** Calls `run` for each case when its {@link Pace} says; one after another where nothing may run beside another. */
export async function schedule(
  cases: readonly CheckCase[],
  concurrent: boolean,
  run: (check: CheckCase) => Promise<void>,
): Promise<void> {
  const paced = (pace: Pace): CheckCase[] => cases.filter((check) => (check.pace ?? 'quick') === pace);
  const restarts = ({ needs }: CheckCase): boolean => needs?.includes('restart') ?? false;
  const alone = paced('alone');

  if (concurrent) await Promise.all([inLanes(paced('quick'), LANES, run), ...paced('timed').map(run)]);
  else await inLanes([...paced('quick'), ...paced('timed')], 1, run);
  // Last of all what may leave no server behind.
  await inLanes([...alone.filter((check) => !restarts(check)), ...alone.filter(restarts)], 1, run);
}

async function inLanes(
  cases: readonly CheckCase[],
  lanes: number,
  run: (check: CheckCase) => Promise<void>,
): Promise<void> {
  const queue = cases.values();
  const lane = async (): Promise<void> => {
    for (const check of queue) await run(check);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
