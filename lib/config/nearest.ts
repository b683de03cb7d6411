import { closest, distance } from 'fastest-levenshtein';

const lastSegment = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * The name that was probably meant: one with the same last segment (`port` for `echo.port`), else the one with the fewest
 * differences.
 * @returns `undefined` if none is similar
 */
function nearest(name: string, names: readonly string[]): string | undefined {
  const sameEnd = names.filter((candidate) => lastSegment(candidate) === lastSegment(name));
  const found = closest(name, sameEnd.length > 0 ? sameEnd : [...names]);
  return sameEnd.length > 0 || distance(name, found) <= Math.max(2, name.length * 0.4) ? found : undefined;
}

/** `; did you mean echo.port?`, or an empty string. */
export function suggestion(name: string, names: readonly string[]): string {
  const found = nearest(name, names);
  return found === undefined ? '' : `; did you mean ${found}?`;
}
