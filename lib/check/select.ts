import { suggestion } from '../config/nearest';
import { RunError } from '../errors/run-error';
import { groupOf, groupsOf, type Rule } from './case';

/** Cases that are run in another way, and how. */
export interface CasesElsewhere {
  readonly cases: readonly Rule[];
  readonly advice: string;
}

const namesOf = (check: Rule): string[] => [check.id, groupOf(check), check.id.slice(check.id.indexOf('/') + 1)];

const has = (cases: readonly Rule[], name: string): boolean => cases.some((check) => namesOf(check).includes(name));

/**
 * Selects cases by id (`framing/2.1`), number (`2.1`) or group (`framing`). They keep their order. No name selects all.
 * @throws {RunError} `usage` for an unknown name, with the nearest that exists, or with the advice for one of `elsewhere`
 */
export function selectCases<Case extends Rule>(
  cases: readonly Case[],
  names: readonly string[],
  elsewhere?: CasesElsewhere,
): readonly Case[] {
  if (names.length === 0) return cases;
  for (const name of names.filter((each) => !has(cases, each))) {
    if (elsewhere && has(elsewhere.cases, name)) throw new RunError('usage', `${name}: ${elsewhere.advice}`);
    const near = suggestion(name, [...groupsOf(cases), ...cases.map(({ id }) => id)]);
    throw new RunError('usage', `unknown case or group ${JSON.stringify(name)}${near || ';'} --list shows all`);
  }
  return cases.filter((check) => namesOf(check).some((name) => names.includes(name)));
}
