/** A key that one object has twice. */
export interface DuplicateKey {
  readonly key: string;
  /** Line numbers, from 1. */
  readonly first: number;
  readonly second: number;
}

/** The tokens of JSON that matter here. Strings are matched whole, so that a brace in one is not taken for a token. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],\n]/g;

/**
 * Finds the keys that JSON.parse silently drops: of two equal keys it keeps the last.
 * @param json valid JSON
 */
export function duplicateKeys(json: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  /** The objects and arrays around the current token, outermost first: the lines of an object's keys; undefined for an array. */
  const nesting: (Map<string, number> | undefined)[] = [];
  let keyIsNext = false;
  let line = 1;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') nesting.push(token === '{' ? new Map<string, number>() : undefined);
    else if (token === '}' || token === ']') nesting.pop();
    const keys = nesting.at(-1);
    if (token.startsWith('"') && keyIsNext && keys) {
      const key = JSON.parse(token) as string;
      const first = keys.get(key);
      if (first === undefined) keys.set(key, line);
      else found.push({ key, first, second: line });
    }
    if (token !== '\n') keyIsNext = token === '{' || (token === ',' && keys !== undefined);
  }
  return found;
}
