import type { FaultEvent } from '../../errors/faults';
import type { IdleEvent } from '../guard/idle-clock';
import { type OpenState, type ServerStats, zeroCounters, zeroGauges } from './server-stats';

/** A connection as it is counted. */
export interface ConnectionProgress {
  readonly state: OpenState | 'closed';
  /** Undefined until it is decided. */
  readonly admission: 'accepted' | 'dropped' | undefined;
  /** Why it ends early; undefined if it does not. */
  readonly fault: FaultEvent | undefined;
  /** The result of the TLS handshake; undefined before that, and without TLS. */
  readonly handshake: 'ok' | 'failed' | undefined;
  readonly frames: number;
  readonly bytesIn: number;
  /** Bytes that the kernel has taken. Those in our own buffers may never be sent. */
  readonly bytesOut: number;
}

type Mutable<Numbers> = { -readonly [Name in keyof Numbers]: Mutable<Numbers[Name]> };

const copy = <Numbers>(numbers: Numbers): Mutable<Numbers> => structuredClone(numbers);

/**
 * Counts the connections of a server. A connection is counted when it closes, and open ones are added on each read, so
 * that a frame costs nothing.
 */
export class ConnectionCounts {
  private readonly counters = copy(zeroCounters);

  /** @param open the open connections */
  constructor(private readonly open: Iterable<{ readonly progress: ConnectionProgress }>) {}

  close(connection: { readonly progress: ConnectionProgress }): void {
    count(this.counters, connection.progress);
  }

  /** A connection was dropped before it got an object. */
  drop(): void {
    this.counters.dropped += 1;
  }

  /** The counts up to now, including open connections. */
  read(): ServerStats {
    const counters = copy(this.counters);
    const gauges = copy(zeroGauges);
    for (const { progress } of this.open) {
      count(counters, progress);
      if (progress.state !== 'closed') gauges.connections[progress.state] += 1;
    }
    return { counters, gauges };
  }
}

function count(counters: ConnectionCounts['counters'], progress: ConnectionProgress): void {
  const { state, admission, fault, handshake, frames, bytesIn, bytesOut } = progress;
  if (admission === 'accepted') {
    counters.accepted += 1;
    if (state === 'closed') counters.closes[fault ?? 'disconnect'] += 1;
  } else if (admission === 'dropped') {
    counters.dropped += 1;
  }
  if (fault !== undefined && isGuard(fault, counters.guardTimeouts)) counters.guardTimeouts[fault] += 1;
  if (handshake !== undefined) counters.handshakes[handshake] += 1;
  counters.frames += frames;
  counters.bytesIn += bytesIn;
  counters.bytesOut += bytesOut;
}

function isGuard(fault: FaultEvent, guards: Readonly<Record<IdleEvent, number>>): fault is IdleEvent {
  return fault in guards;
}
