import type { Failure, Verdict } from './verdict';
import { groupOf, type Rule } from './case';

/** Failures that probably have the same cause. */
export interface Cause {
  /** The likely bug. */
  readonly likely: string;
  /** The failure that shows it best. */
  readonly example: Verdict<Rule>;
  /** All failures that it explains, in the order of the cases. */
  readonly verdicts: readonly Verdict<Rule>[];
}

/** The simplest exchange of a server and of a client: where it fails, other cases that fail in the same way have the same cause. */
const SIMPLEST = ['framing/2.1', 'framing/7.1'];
const isSimplest = ({ case: { id } }: Verdict<Rule>): boolean => SIMPLEST.includes(id);

/** What came, without numbers, and without what the case did before. */
const outcome = ({ got }: Failure): string => got.replace(/^.*\bgot /, '').replaceAll(/\d+(\.\d+)?/g, 'n');

/** Groups failures by likely cause; the cause that explains most comes first. */
export function causesOf(verdicts: readonly Verdict<Rule>[]): Cause[] {
  const failed = verdicts.filter(({ status, failure }) => status === 'failed' && failure !== undefined);
  const simplest = failed.find(isSimplest);
  const causes = new Map<string, Verdict<Rule>[]>();
  for (const verdict of failed) {
    const likely = causeOf(verdict, simplest);
    causes.set(likely, [...(causes.get(likely) ?? []), verdict]);
  }
  return [...causes]
    .map(([likely, explained]) => ({ likely, example: exampleOf(explained), verdicts: explained }))
    .sort((a, b) => b.verdicts.length - a.verdicts.length);
}

function causeOf({ case: check, failure }: Verdict<Rule>, simplest: Verdict<Rule> | undefined): string {
  const likely = failure?.likely ?? '';
  const isCaseDefault = likely === check.likely;
  const base = simplest?.failure;
  return base && failure && isCaseDefault && outcome(failure) === outcome(base) ? base.likely : likely;
}

function exampleOf(verdicts: readonly Verdict<Rule>[]): Verdict<Rule> {
  const simplest = verdicts.find(isSimplest);
  return (simplest ?? verdicts.find(({ failure }) => failure?.bytes) ?? verdicts[0]) as Verdict<Rule>;
}

/** The ids of cases, each group named once, as the command line takes them: `framing/2.1 2.3 stream/3.1`. */
export function shortIds(verdicts: readonly Verdict<Rule>[]): string {
  return verdicts
    .map(({ case: check }, index) => {
      const before = verdicts[index - 1]?.case;
      return before && groupOf(before) === groupOf(check) ? check.id.slice(check.id.indexOf('/') + 1) : check.id;
    })
    .join(' ');
}
