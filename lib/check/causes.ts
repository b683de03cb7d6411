import type { Failure, Verdict } from './verdict';
import { groupOf } from './case';

/** Failures that have one bug behind them, as far as can be told. */
export interface Cause {
  readonly likely: string;
  /** The case that tells it best: its exchange is the one to look at. */
  readonly told: Verdict;
  /** All that it explains, in their order. */
  readonly verdicts: readonly Verdict[];
}

/** The simplest exchange that there is: where it fails, cases that fail in the same way say nothing new. */
const SIMPLEST = 'framing/2.1';

/** What came, without the numbers and without what led to it. */
const outcome = ({ got }: Failure): string => got.replace(/^.*\bgot /, '').replaceAll(/\d+(\.\d+)?/g, 'n');

/** What failed, by likely cause: the one that explains most comes first. */
export function causesOf(verdicts: readonly Verdict[]): Cause[] {
  const failed = verdicts.filter(({ status, failure }) => status === 'failed' && failure !== undefined);
  const simplest = failed.find(({ case: { id } }) => id === SIMPLEST);
  const causes = new Map<string, Verdict[]>();
  for (const verdict of failed) {
    const likely = causeOf(verdict, simplest);
    causes.set(likely, [...(causes.get(likely) ?? []), verdict]);
  }
  return [...causes]
    .map(([likely, explained]) => ({ likely, told: tellerOf(explained), verdicts: explained }))
    .sort((a, b) => b.verdicts.length - a.verdicts.length);
}

function causeOf({ case: check, failure }: Verdict, simplest: Verdict | undefined): string {
  const likely = failure?.likely ?? '';
  const isOwnGuess = likely === check.likely;
  const base = simplest?.failure;
  return base && failure && isOwnGuess && outcome(failure) === outcome(base) ? base.likely : likely;
}

function tellerOf(verdicts: readonly Verdict[]): Verdict {
  const simplest = verdicts.find(({ case: { id } }) => id === SIMPLEST);
  return (simplest ?? verdicts.find(({ failure }) => failure?.bytes) ?? verdicts[0]) as Verdict;
}

/** `framing/2.1 2.3 stream/3.1`: the group with its first case, as the command takes them. */
export function shortIds(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ case: check }, index) => {
      const before = verdicts[index - 1]?.case;
      return before && groupOf(before) === groupOf(check) ? check.id.slice(check.id.indexOf('/') + 1) : check.id;
    })
    .join(' ');
}
