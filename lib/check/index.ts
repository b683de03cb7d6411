import { allCases } from './cases';
import type { Target } from './target';
import type { Verdict } from './verdict';
import { runCheck } from './run-case';

export { allCases } from './cases';
export { DeadlinePassed, endedEarlyBy } from './ended-early';
export { groupOf, groups } from './case';
export type { CheckCase } from './case';
export type { Verdict } from './verdict';
export type { Target } from './target';
export { runChecks } from './runner';
export { selectCases } from './select';
export { servesConcurrently } from './serves-concurrently';

/**
 * Runs one case by its id: `await runCase('framing/2.1', { host, port })`.
 * @throws {TypeError} for an id that no case has
 */
export async function runCase(id: string, target: Target): Promise<Verdict> {
  const check = allCases.find((one) => one.id === id);
  if (!check) throw new TypeError(`no case has the id ${id}`);
  return runCheck(check, target);
}
