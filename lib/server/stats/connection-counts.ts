import type { FaultEvent } from '../../errors/faults';
import type { IdleEvent } from '../guard/idle-clock';
import { type OpenState, type ServerStats, zeroCounters, zeroGauges } from './server-stats';

/** A connection as it is counted. */
export interface ConnectionProgress {
  readonly state: OpenState | 'closed';
  /** Whether it was accepted or dropped; undefined while neither is decided. */
  readonly admission: 'accepted' | 'dropped' | undefined;
  /** What ends it early. */
  readonly fault: FaultEvent | undefined;
  /** How its TLS handshake ended; undefined before that, and without TLS. */
  readonly handshake: 'ok' | 'failed' | undefined;
  readonly frames: number;
  readonly bytesIn: number;
  /** Bytes that the kernel took; none that are still in our own buffers, as they may never go. */
  readonly bytesOut: number;
}

/** Numbers that can be changed. */
type Mutable<Numbers> = { -readonly [Name in keyof Numbers]: Mutable<Numbers[Name]> };

const copy = <Numbers>(numbers: Numbers): Mutable<Numbers> => structuredClone(numbers);

/**
 * Counts the connections of a server. One is counted when it closes; those that are open are looked at when somebody asks, so that
 * a frame costs nothing.
 */
export class ConnectionCounts {
  private readonly counters = copy(zeroCounters);

  /** @param open the connections that are open */
  constructor(private readonly open: Iterable<{ readonly progress: ConnectionProgress }>) {}

  close(connection: { readonly progress: ConnectionProgress }): void {
    count(this.counters, connection.progress);
  }

  /** One was dropped before anything was known of it. */
  drop(): void {
    this.counters.dropped += 1;
  }

  /** What was counted up to now, the open connections included. */
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
