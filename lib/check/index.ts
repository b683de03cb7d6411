import { allCases } from './cases';
import { runCheck } from './run-case';
import type { Target } from './target';
import type { Verdict } from './verdict';

export { DeadlinePassed, untilAborted } from './abort';
export { groupOf, groups } from './case';
export type { CheckCase, Rule } from './case';
export { allCases } from './cases';
export { clientCases } from './client/cases';
export type { ClientCase } from './client/client-case';
export { clientCommand } from './client/client-command';
export { assertStarts, DEFAULT_CLIENT_TIMEOUT, runClientChecks } from './client/run-client-checks';
export { runChecks } from './runner';
export { selectCases } from './select';
export { servesConcurrently } from './serves-concurrently';
export type { Target } from './target';
export type { Verdict } from './verdict';

/**
 * Runs one case by its id: `await runCase('framing/2.1', { host, port })`.
 * @throws {TypeError} for an unknown id
 */
export async function runCase(id: string, target: Target): Promise<Verdict> {
  const check = allCases.find((one) => one.id === id);
  if (!check) throw new TypeError(`no case has the id ${id}`);
  return runCheck(check, target);
}
