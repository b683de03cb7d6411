import { type FaultEvent, faults } from '../../errors/faults';
import type { IdleEvent } from '../guard/idle-clock';

/** Why a connection closed: the event that caused it, or `disconnect`. */
export type CloseReason = FaultEvent | 'disconnect' | 'worker_exit';

const closeReasons = ['disconnect', ...(Object.keys(faults) as FaultEvent[]), 'worker_exit'] as const;

/** The states of an open connection. */
export type OpenState = 'arriving' | 'opening' | 'waiting' | 'serving' | 'finishing' | 'lingering';

const openStates: readonly OpenState[] = ['arriving', 'opening', 'waiting', 'serving', 'finishing', 'lingering'];

const guards: readonly IdleEvent[] = ['recv_timeout', 'send_timeout', 'frame_timeout'];

/** Upper bounds of the event-loop lag's buckets, in seconds; longer lags are in the last, `+Inf`. */
export const lagBounds: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const lagBuckets = [...lagBounds.map(String), '+Inf'];

/** Counted since the start: numbers that only grow. */
export interface Counters {
  readonly accepted: number;
  readonly dropped: number;
  readonly closes: Readonly<Record<CloseReason, number>>;
  readonly guardTimeouts: Readonly<Record<IdleEvent, number>>;
  readonly handshakes: { readonly ok: number; readonly failed: number };
  /** Whole frames received. */
  readonly frames: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How late timers ran: the number in each bucket, by its upper bound, and the sum in seconds. */
  readonly eventLoopLag: { readonly buckets: Readonly<Record<string, number>>; readonly seconds: number };
  readonly cpuSeconds: number;
  readonly workerRestarts: number;
}

/** Current values. */
export interface Gauges {
  readonly connections: Readonly<Record<OpenState, number>>;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** 0 if unknown. */
  readonly openDescriptors: number;
  /** 0 if unknown. */
  readonly descriptorLimit: number;
}

/** The statistics of one process, or the sum of several. */
export interface ServerStats {
  readonly counters: Counters;
  readonly gauges: Gauges;
}

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export const zeroCounters: Counters = {
  accepted: 0,
  dropped: 0,
  closes: zeros(closeReasons),
  guardTimeouts: zeros(guards),
  handshakes: { ok: 0, failed: 0 },
  frames: 0,
  bytesIn: 0,
  bytesOut: 0,
  eventLoopLag: { buckets: zeros(lagBuckets), seconds: 0 },
  cpuSeconds: 0,
  workerRestarts: 0,
};

export const zeroGauges: Gauges = {
  connections: zeros(openStates),
  residentBytes: 0,
  heapUsedBytes: 0,
  openDescriptors: 0,
  descriptorLimit: 0,
};

export const zeroStats: ServerStats = { counters: zeroCounters, gauges: zeroGauges };

/** Adds two objects of the same shape, number by number. */
export function sum<Numbers extends object>(first: Numbers, second: Numbers): Numbers {
  const others = second as Readonly<Record<string, unknown>>;
  const added = Object.entries(first).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'number' ? value + (others[name] as number) : sum(value as object, others[name] as object),
  ]);
  return Object.fromEntries(added) as Numbers;
}
