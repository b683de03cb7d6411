import { suggestion } from '../config/nearest';
import { RunError } from '../errors/run-error';
import { type CheckCase, groupOf, groups } from './case';

/**
 * The cases that `names` choose, in their own order: an id (`framing/2.1`), its number (`2.1`) or a group (`framing`).
 * No name chooses all.
 * @throws {RunError} `usage` for a name that no case has, with the nearest that one has
 */
export function selectCases(cases: readonly CheckCase[], names: readonly string[]): readonly CheckCase[] {
  if (names.length === 0) return cases;
  const called = (check: CheckCase): string[] => [check.id, groupOf(check), check.id.slice(check.id.indexOf('/') + 1)];
  for (const name of names)
    if (!cases.some((check) => called(check).includes(name))) {
      const near = suggestion(name, [...groups, ...cases.map(({ id }) => id)]);
      throw new RunError(
        'usage',
        `no case or group is called ${JSON.stringify(name)}${near || ';'} --list names them all`,
      );
    }
  return cases.filter((check) => called(check).some((name) => names.includes(name)));
}
