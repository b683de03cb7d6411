import { allCases } from './cases';
import type { Target, Verdict } from './case';
import { runCheck } from './run-case';

export { allCases } from './cases';
export { DeadlinePassed, endedEarlyBy } from './ended-early';
export { groupOf, groups } from './case';
export type { CheckCase, Target, Verdict } from './case';
export { runChecks } from './runner';
export { selectCases } from './select';
export { servesConcurrently } from './survey';

/**
 * Runs one case by its id: `await runCase('framing/2.1', { host, port })`.
 * @throws {TypeError} for an id that no case has
 */
export async function runCase(id: string, target: Target): Promise<Verdict> {
  const check = allCases.find((one) => one.id === id);
  if (!check) throw new TypeError(`no case has the id ${id}`);
  return runCheck(check, target);
}
