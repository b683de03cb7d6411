import type { Problem } from './settings-error';

/** Where a setting's value comes from. */
export interface Origin {
  readonly source: 'default' | 'file' | 'variable' | 'flag';
  /** Which file, variable or flag; empty for a default. */
  readonly origin: string;
}

/** A valid value, as written. */
interface SourceValue {
  readonly value: unknown;
  readonly from: Origin;
}

/** A place that settings come from. A list of sources starts with the weakest: the last one that has a setting wins. */
export interface Source {
  /** Its valid values, by path. */
  readonly values: ReadonlyMap<string, SourceValue>;
  /** What is wrong with the others. */
  readonly problems: readonly Problem[];
}

/** The value that wins, and the position of its source in the list. */
interface Winner extends SourceValue {
  readonly position: number;
}

/**
 * The winning value of a setting.
 * @param sources weakest first; the first has every setting
 */
export function winnerOf(path: string, sources: readonly Source[]): Winner {
  const position = sources.findLastIndex(({ values }) => values.has(path));
  return { ...(sources[position]?.values.get(path) as SourceValue), position };
}

/** A problem, with the source of the value in front. */
export function problemAt({ source, origin }: Origin, text: string): Problem {
  return { exit: source === 'flag' ? 'usage' : 'config', text: `${source} ${origin}: ${text}` };
}
