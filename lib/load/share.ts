import { RunError } from '../errors/run-error';
import type { Plan } from './plan';

/** A part of a run that several processes drive together. */
export interface Shard {
  /** Counted from 0. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/** The only part of a run that one process drives. */
export const WHOLE: Shard = { index: 0, of: 1 };

/** More than anybody has machines for. */
const MOST_SHARDS = 10_000;

/**
 * Reads the value of `--shard`: `0/3` is the first of three, `auto/3` the one that Kubernetes numbers in an Indexed Job.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 * @throws {RunError} `usage` for anything else
 */
export function parseShard(text: string, { JOB_COMPLETION_INDEX }: NodeJS.ProcessEnv): Shard {
  const [, named, total] = /^(auto|\d+)\/(\d+)$/.exec(text) ?? [];
  const of = Number(total);
  if (!(of >= 1 && of <= MOST_SHARDS)) {
    refuse(text, `must be INDEX/COUNT, counted from 0: 0/3, 1/3 and 2/3 are the parts of a run of three`);
  }
  if (named === 'auto' && !/^\d+$/.test(JOB_COMPLETION_INDEX ?? '')) {
    refuse(text, 'JOB_COMPLETION_INDEX is not set to a number: Kubernetes sets it in the pods of an Indexed Job');
  }
  const index = Number(named === 'auto' ? JOB_COMPLETION_INDEX : named);
  if (index >= of)
    refuse(text, `shards are counted from 0: the last of ${of} is ${of - 1}/${of}, and this is ${index}`);
  return { index, of };
}

function refuse(text: string, why: string): never {
  throw new RunError('usage', `--shard ${text}: ${why}`);
}

/** A part of a part: what one of the processes drives that share a shard. */
export const partOf = ({ index, of }: Shard, part: Shard): Shard => ({
  index: index * part.of + part.index,
  of: of * part.of,
});

/** How many of `count` things, shared evenly, belong to the shards before this one. */
const before = (count: number, { index, of }: Shard): number => Math.floor((count * index) / of);

/** How many of `count` things, shared evenly, belong to a shard. */
export const shareOf = (count: number, { index, of }: Shard): number =>
  before(count, { index: index + 1, of }) - before(count, { index, of });

/** How many of the first `count` things belong to a shard that takes every n-th. */
export const takenOf = (count: number, { index, of }: Shard): number => Math.max(0, Math.ceil((count - index) / of));

/** The clients of a shard. */
export interface ClientShare {
  /** The number of the first. */
  readonly first: number;
  readonly clients: number;
  /** Clients at once. */
  readonly concurrency: number;
  /** The most new connections per second; undefined for no limit. */
  readonly connectRate: number | undefined;
}

export function clientShare(plan: Plan, shard: Shard): ClientShare {
  const clients = shareOf(plan.clients, shard);
  return {
    first: 1 + before(plan.clients, shard),
    clients,
    concurrency: Math.min(clients, shareOf(plan.concurrency, shard)),
    connectRate: plan.connectRate && plan.connectRate / shard.of,
  };
}

/**
 * Whether a run can be driven by so many processes: each needs at least one client at any time.
 * @param what the processes, for the message: `shards`
 * @throws {RunError} `usage` where it cannot
 */
export function checkShares({ clients, concurrency }: Plan, count: number, what: string): void {
  if (concurrency >= count) return;
  const few = clients < count ? `--clients ${clients}` : `--concurrency ${concurrency}`;
  throw new RunError(
    'usage',
    `${few} cannot be shared by ${count} ${what}: each needs a client of its own at any time`,
  );
}
