import type { CheckCase, Pace } from './case';

/** How many quick cases run beside each other: a broken server then costs a few waits, not the sum of all. */
const LANES = 8;

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
