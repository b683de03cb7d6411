import { firstRests, sectionRests } from './rests';

/** How a path cuts a connection. In silence: no FIN, no reset, and no answer. */
export type CutKind = 'fin' | 'reset' | 'silence';

/** What became of a connection that rested. */
export type RestResult =
  | { readonly kind: 'answered' }
  | {
      readonly kind: CutKind;
      /** Whether the cut showed while it rested, or only when it spoke. */
      readonly when: 'resting' | 'speaking';
    };

/** What a search has found; rests are in seconds. */
export type Finding =
  /** Every rest was answered, up to `longest`, the longest to try. */
  | { readonly found: 'none'; readonly longest: number }
  /** The limit lies between the two; `answered` is 0 if no rest was. */
  | { readonly found: 'limit'; readonly answered: number; readonly cut: number }
  /** Rests of `cut` were cut, but not all of `answered`, which is longer. */
  | { readonly found: 'varies'; readonly cut: number; readonly answered: number }
  /** The search ended before it came within the precision. `cut` is undefined if nothing was cut. */
  | { readonly found: 'open'; readonly answered: number; readonly cut: number | undefined };

interface Cut {
  readonly rest: number;
  readonly when: 'resting' | 'speaking';
}

export interface SearchOptions {
  /** Longest rest to try, in seconds. */
  readonly max: number;
  /** How closely to find the limit, in seconds. */
  readonly precision: number;
  /** Connections that may rest at once. */
  readonly connections: number;
}

/** More than a search of sections needs, unless connections fail all the time. */
const MOST_ROUNDS = 8;

/**
 * Finds how long a path lets connections rest, in rounds of parallel rests. It has no sockets and no clock. The first
 * round reaches from the precision to the longest rest; each further one divides what is left evenly.
 *
 * A cut that shows while a connection rests is the limit: one round is enough. One that shows only when the connection
 * speaks means that the limit is at most its rest.
 */
export class LimitSearch {
  private readonly answered: number[] = [];
  private readonly cuts: Cut[] = [];
  private rounds = 0;

  constructor(private readonly options: SearchOptions) {}

  /** The rests of the next round, in seconds, ascending; undefined if the search is over. */
  next(): number[] | undefined {
    if (this.finding().found !== 'open' || this.rounds >= MOST_ROUNDS) return undefined;
    const { precision, max, connections } = this.options;
    this.rounds += 1;
    const { shortestCut } = this;
    if (shortestCut !== undefined) return sectionRests(this.longestSafe, shortestCut.rest, precision, connections);
    // Nothing was cut, but the longest rest was not answered: its connection could not be made.
    return this.rounds === 1 ? firstRests(precision, max, connections) : [max];
  }

  /** @param rest how long the connection really rested, in seconds */
  record(rest: number, result: RestResult): void {
    if (result.kind === 'answered') this.answered.push(rest);
    else this.cuts.push({ rest, when: result.when });
  }

  /**
   * How long connections of this round may rest, in seconds: once one was cut, much longer rests have little to add.
   */
  get horizon(): number {
    const { shortestCut } = this;
    if (shortestCut === undefined) return Infinity;
    return shortestCut.rest + Math.max(this.options.precision, shortestCut.rest / 10);
  }

  finding(): Finding {
    const { shortestCut: shortest, longestSafe } = this;
    const { max, precision } = this.options;
    if (shortest === undefined) {
      const longest = Math.max(0, ...this.answered);
      return longest >= max ? { found: 'none', longest: max } : { found: 'open', answered: longest, cut: undefined };
    }
    // A connection that was cut while it rested was open until then.
    const openUntil = this.cuts.filter(({ when }) => when === 'resting').map(({ rest }) => rest);
    const longestOpen = Math.max(0, ...this.answered, ...openUntil);
    const cut = shortest.rest;
    if (longestOpen - cut > precision) return { found: 'varies', cut, answered: longestOpen };
    const isClose = shortest.when === 'resting' || cut - longestSafe <= precision;
    return { found: isClose ? 'limit' : 'open', answered: longestSafe, cut };
  }

  private get shortestCut(): Cut | undefined {
    return this.cuts.toSorted((one, other) => one.rest - other.rest)[0];
  }

  /** The longest rest that was answered, and is shorter than all that were cut. */
  private get longestSafe(): number {
    const { rest: cut = Infinity } = this.shortestCut ?? {};
    return Math.max(0, ...this.answered.filter((rest) => rest < cut));
  }
}
