import type { CheckCase } from './case';
import type { Verdict } from './verdict';

/** Something that a proxy, a load balancer or a firewall may do to a connection, and the cases that show it. */
export interface PathAspect {
  readonly name: string;
  readonly cases: readonly CheckCase['id'][];
  /** What a path may do wrong, to follow its name, with the directive that mends it. */
  readonly hint?: string;
}

/** Every case is in one of them. */
export const pathAspects: readonly PathAspect[] = [
  {
    name: 'plain exchange',
    cases: [
      ...(['connection/1.1', 'connection/1.2', 'connection/1.3', 'connection/1.4', 'connection/1.8'] as const),
      ...(['framing/2.1', 'framing/2.2', 'framing/2.3', 'framing/2.5', 'framing/2.6', 'framing/2.7'] as const),
      ...(['framing/2.8', 'framing/2.9', 'framing/2.10', 'framing/2.11', 'framing/2.12', 'framing/2.13'] as const),
      ...(['framing/2.14', 'framing/2.15', 'framing/2.16', 'stream/3.5', 'stream/3.6'] as const),
      ...(['endurance/6.1', 'endurance/6.2', 'endurance/6.3', 'endurance/6.4'] as const),
    ],
    hint: 'may not pass the stream on as it is (HAProxy: mode tcp)',
  },
  {
    name: 'half-close',
    cases: ['stream/3.1', 'stream/3.2', 'limits/4.8', 'limits/4.9', 'limits/4.10'],
    hint: 'may end both directions when one ends (nginx: proxy_half_close on; socat: -t SECONDS)',
  },
  {
    name: 'large frames',
    cases: ['framing/2.4', 'stream/3.3', 'stream/3.8'],
    hint: 'may cut long transfers',
  },
  {
    name: 'refusals',
    cases: ['limits/4.1', 'limits/4.2', 'limits/4.3', 'limits/4.4', 'limits/4.5', 'limits/4.6', 'limits/4.7'],
    hint: 'may end both directions when one ends, which resets a client that sends on (nginx: proxy_half_close on)',
  },
  {
    name: 'slow readers',
    cases: ['stream/3.4', 'stream/3.7', 'timeouts/5.7', 'timeouts/5.8'],
    hint: 'may drop what a slow client has not read yet when the server ends, or take in much for it (nginx: proxy_half_close on)',
  },
  {
    name: 'resets',
    cases: ['connection/1.5', 'connection/1.6', 'connection/1.7'],
    hint: 'may not pass a reset on',
  },
  {
    name: 'time',
    cases: [
      ...(['timeouts/5.1', 'timeouts/5.2', 'timeouts/5.3', 'timeouts/5.4', 'timeouts/5.5'] as const),
      ...(['timeouts/5.6', 'timeouts/5.9', 'timeouts/5.10'] as const),
    ],
    hint: 'may have an idle timeout of its own (HAProxy: timeout client, timeout server; nginx: proxy_timeout): see idle-probe',
  },
];

/** Shows whether anything comes through. */
const SIMPLEST = 'framing/2.1';

/** Failures as they read for a server behind a path: the path may be to blame. @param via name of the path */
export function attributeToPath(verdicts: readonly Verdict[], via: string): Verdict[] {
  const failed = verdicts.filter(({ failure }) => failure !== undefined);
  // If nothing comes through, other failures have the same cause.
  const isBroken = failed.some(({ case: { id } }) => id === SIMPLEST);
  return verdicts.map((verdict) => {
    const { case: check, failure } = verdict;
    const hint = pathAspects.find(({ cases }) => cases.includes(check.id))?.hint;
    if (failure === undefined || hint === undefined || (isBroken && check.id !== SIMPLEST)) return verdict;
    return { ...verdict, failure: { ...failure, likely: `${via} ${hint}; or ${failure.likely}` } };
  });
}
