import { suggestion } from '../config/nearest';
import { RunError } from '../errors/run-error';
import { groupOf, groupsOf, type Rule } from './case';

/**
 * Selects cases by id (`framing/2.1`), number (`2.1`) or group (`framing`). They keep their order. No name selects all.
 * @throws {RunError} `usage` for an unknown name, with the nearest that exists
 */
export function selectCases<Case extends Rule>(cases: readonly Case[], names: readonly string[]): readonly Case[] {
  if (names.length === 0) return cases;
  const namesOf = (check: Rule): string[] => [check.id, groupOf(check), check.id.slice(check.id.indexOf('/') + 1)];
  for (const name of names)
    if (!cases.some((check) => namesOf(check).includes(name))) {
      const near = suggestion(name, [...groupsOf(cases), ...cases.map(({ id }) => id)]);
      throw new RunError('usage', `unknown case or group ${JSON.stringify(name)}${near || ';'} --list shows all`);
    }
  return cases.filter((check) => namesOf(check).some((name) => names.includes(name)));
}
