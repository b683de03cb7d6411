import type { CheckCase, Pace } from './case';

/** Quick cases that run at the same time, so that a server that never answers does not cost the sum of all waits. */
const LANES = 8;

/** Calls `run` for each case, in an order that follows from its {@link Pace}; one at a time unless `concurrent`. */
export async function inPacedOrder(
  cases: readonly CheckCase[],
  concurrent: boolean,
  run: (check: CheckCase) => Promise<void>,
): Promise<void> {
  const paced = (pace: Pace): CheckCase[] => cases.filter((check) => (check.pace ?? 'quick') === pace);
  const restarts = ({ needs }: CheckCase): boolean => needs?.includes('restart') ?? false;
  const alone = paced('alone');

  if (concurrent) await Promise.all([inLanes(paced('quick'), LANES, run), ...paced('timed').map(run)]);
  else await inLanes([...paced('quick'), ...paced('timed')], 1, run);
  // A restart comes last, as it may leave no server.
  await inLanes([...alone.filter((check) => !restarts(check)), ...alone.filter(restarts)], 1, run);
}

/** Calls `run` for each case, `lanes` at a time. */
export async function inLanes<Case>(
  cases: readonly Case[],
  lanes: number,
  run: (check: Case) => Promise<void>,
): Promise<void> {
  const queue = cases.values();
  const lane = async (): Promise<void> => {
    for (const check of queue) await run(check);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
