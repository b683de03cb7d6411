import type { Verdict } from '../verdict';
import type { ClientCase } from './client-case';

/** The simplest exchange that is answered right. */
const SIMPLEST: ClientCase['id'] = 'framing/7.1';
/** Cases that must fail before their client is said to ignore what comes back. */
const ENOUGH = 3;
const ALWAYS_0 = 'it exits with 0 whatever comes back: exit with 0 only if each frame came back unchanged';

/** How a case failed, without numbers and the client's own words. */
function outcome({ failure }: Verdict<ClientCase>): string | undefined {
  return failure?.got.replace(/[:,].*$/s, '').replaceAll(/\d+(\.\d+)?/g, (n) => (n === '0' ? n : 'n'));
}

function withLikely(verdict: Verdict<ClientCase>, likely: string): Verdict<ClientCase> {
  return verdict.failure ? { ...verdict, failure: { ...verdict.failure, likely } } : verdict;
}

/** Gives failures that follow from another one its likely bug, so that the report names it once. */
export function withCommonCauses(verdicts: readonly Verdict<ClientCase>[]): Verdict<ClientCase>[] {
  const judged = verdicts.filter(({ case: { exit }, status }) => exit === 'failure' && status !== 'skipped');
  if (judged.length >= ENOUGH && judged.every((verdict) => outcome(verdict) === 'exit code 0'))
    return verdicts.map((verdict) => (judged.includes(verdict) ? withLikely(verdict, ALWAYS_0) : verdict));

  const failed = new Map(verdicts.filter(({ status }) => status === 'failed').map((one) => [one.case.id, one]));
  const causeOf = (verdict: Verdict<ClientCase>): Verdict<ClientCase> => {
    const { id, exit, likely, hangs, follows = exit === 'ok' && id !== SIMPLEST ? [SIMPLEST] : [] } = verdict.case;
    if (![likely, hangs].includes(verdict.failure?.likely)) return verdict; // the bytes show it
    const first = follows.map((base) => failed.get(base)).find((one) => one && outcome(one) === outcome(verdict));
    return first ? causeOf(first) : verdict;
  };
  return verdicts.map((verdict) => withLikely(verdict, causeOf(verdict).failure?.likely ?? ''));
}
