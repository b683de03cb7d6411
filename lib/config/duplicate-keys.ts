/** A key that stands twice in one object. */
export interface DuplicateKey {
  readonly key: string;
  /** Lines, counted from 1. */
  readonly first: number;
  readonly second: number;
}

/** The tokens of JSON that matter here: texts whole, so that nothing in them is taken for one of the others. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],\n]/g;

/**
 * The keys that JSON.parse would drop without a word: of two that are equal it keeps the last.
 * @param json valid JSON
 */
export function duplicateKeys(json: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  /** Around the current place, outside in: the lines of an object's keys; undefined for an array. */
  const around: (Map<string, number> | undefined)[] = [];
  let keyIsNext = false;
  let line = 1;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') around.push(token === '{' ? new Map<string, number>() : undefined);
    else if (token === '}' || token === ']') around.pop();
    const keys = around.at(-1);
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
