import type { Problem } from './settings-error';

/** Where a setting's value comes from. */
export interface Origin {
  readonly source: 'default' | 'file' | 'variable' | 'flag';
  /** Which file, variable or flag; empty for a default. */
  readonly origin: string;
}

/** A valid value, as it was written. */
interface SourceValue {
  readonly value: unknown;
  readonly from: Origin;
}

/** A place that settings come from. Lists of sources have the weakest first: of those that have a setting, the last wins. */
export interface Source {
  /** Its valid values, by the setting's path. */
  readonly values: ReadonlyMap<string, SourceValue>;
  /** What is wrong with the rest. */
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

/** A problem with a value that shows only beside other values. */
export function problemAt({ source, origin }: Origin, text: string): Problem {
  return { exit: source === 'flag' ? 'usage' : 'config', text: `${source} ${origin}: ${text}` };
}
