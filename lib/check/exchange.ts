import { firstDifference } from '../client/compare-reply';
import { plural } from '../text/quantities';
import { systemClock } from './clock';
import { Mismatch } from './mismatch';
import { type Ending, Probe } from './probe';
import type { Target } from './target';
import { frame, pattern } from './wire';

/** Seconds without progress after which a server counts as silent. */
export const DEFAULT_PATIENCE = 5;
/** Bytes: the largest payload that is sent to a server whose limit is not known. */
export const DEFAULT_LARGEST = 1024;
/** ms between two pieces of a stream that the server should read one by one. */
const APART_MS = 20;
/** Seconds to wait for the rest of a wrong reply, so that the report can name the bug. */
const GATHER_SECONDS = 0.1;
/** Bytes of a wrong reply that are kept. */
const GATHER_BYTES = 1 << 16;

const endings: Record<Ending, string> = {
  open: 'nothing',
  fin: 'the end of the stream (FIN)',
  reset: 'a reset (RST)',
};

/** What a case works with: connections, what the server promises, and assertions about what comes back. */
export class Exchange {
  private readonly probes = new Set<Probe>();
  private over = false;

  constructor(
    readonly target: Target,
    readonly clock = systemClock,
  ) {}

  /** Seconds without progress after which the server counts as silent. */
  get patience(): number {
    return this.target.patience ?? DEFAULT_PATIENCE;
  }

  /** Bytes: the largest payload that may be sent. */
  get largest(): number {
    return this.target.maxPayload ?? DEFAULT_LARGEST;
  }

  /** What the target promises. @throws {TypeError} for a promise that the case does not name in its `needs` */
  promised(name: 'maxPayload' | 'serverTimeout' | 'serverFrameTimeout' | 'serverPid'): number {
    const value = this.target[name];
    if (value === undefined) throw new TypeError(`a case uses ${name} without naming it in its needs`);
    return typeof value === 'function' ? value() : value;
  }

  /** A payload of `length` bytes, or of the largest that may be sent, if that is less. */
  payload(length: number, seed = length): Buffer {
    return pattern(Math.min(length, this.largest), seed);
  }

  /** A new connection. */
  async open(): Promise<Probe> {
    const probe = await Probe.open(this.target, this.patience, this.clock);
    if (this.over) probe.close();
    else this.probes.add(probe);
    return probe;
  }

  /** Closes all connections, which also ends every wait on them. */
  end(): void {
    this.over = true;
    for (const probe of this.probes) probe.close();
  }

  /** Asserts that `expected` comes next, byte for byte. */
  async receives(probe: Probe, expected: Buffer, seconds = this.patience): Promise<void> {
    let at = 0;
    while (at < expected.length) {
      const chunk = await probe.take(expected.length - at, seconds);
      if (chunk?.equals(expected.subarray(at, at + chunk.length))) {
        at += chunk.length;
        continue;
      }
      const got = Buffer.concat([expected.subarray(0, at), chunk ?? Buffer.alloc(0), await gather(probe)]);
      throw new Mismatch(describe(probe, expected, got, seconds), {
        sent: probe.sent,
        expected,
        got,
        ended: probe.ending !== 'open',
      });
    }
    probe.answered();
  }

  /** Sends frames back to back in one write, and asserts that each comes back. */
  async echoes(probe: Probe, ...payloads: (string | Buffer)[]): Promise<void> {
    const wire = Buffer.concat(payloads.map(frame));
    probe.send(wire);
    await this.receives(probe, wire);
  }

  /** Asserts that the server serves another client: it sends a frame, gets it back, and leaves. */
  async serves(because: string): Promise<void> {
    try {
      const next = await this.open();
      await this.echoes(next, 'next client');
      next.close();
    } catch (error) {
      if (error instanceof Mismatch) throw new Mismatch(`${because}, the next client got ${error.got}`, error.bytes);
      throw error;
    }
  }

  /** Stops the server and starts it again. @throws {Mismatch} if it does not come back */
  async restart(): Promise<void> {
    if (!this.target.restart) throw new TypeError('a case restarts the server without naming restart in its needs');
    try {
      await this.target.restart();
    } catch (error) {
      throw new Mismatch(error instanceof Error ? error.message : String(error));
    }
  }

  /** Asserts that the server ends the stream without another byte: with a FIN, or, if `how` is `any`, also with an RST. */
  async ends(probe: Probe, how: 'fin' | 'any', seconds = this.patience): Promise<void> {
    const extra = await probe.take(GATHER_BYTES, seconds);
    if (extra) {
      const got = Buffer.concat([extra, await gather(probe)]);
      throw new Mismatch(`${plural(got.length, 'more byte')} instead of the end of the stream`, {
        sent: probe.sent,
        expected: Buffer.alloc(0),
        got,
      });
    }
    if (probe.ending === 'open') throw new Mismatch(`the connection still open after ${seconds} s`);
    if (probe.ending === 'reset' && how === 'fin') throw new Mismatch('a reset (RST) instead of a FIN');
  }

  /** Asserts that no byte comes and the stream stays open, for `ms`. */
  async staysSilent(probe: Probe, ms: number): Promise<void> {
    const got = await probe.take(GATHER_BYTES, ms / 1000);
    if (got) {
      const bytes = { sent: probe.sent, expected: Buffer.alloc(0), got };
      throw new Mismatch(`${plural(got.length, 'byte')} where none was due`, bytes);
    }
    if (probe.ending !== 'open') throw new Mismatch(`${endings[probe.ending]} where the stream should stay open`);
  }

  /** Waits where there is no event to wait for: between pieces that should arrive one by one. */
  async pause(ms = APART_MS): Promise<void> {
    await this.clock.sleep(ms / 1000);
  }
}

async function gather(probe: Probe): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = GATHER_BYTES;
  while (room > 0 && probe.ending === 'open') {
    const chunk = await probe.take(room, GATHER_SECONDS);
    if (!chunk) break;
    chunks.push(chunk);
    room -= chunk.length;
  }
  return Buffer.concat(chunks);
}

function describe(probe: Probe, expected: Buffer, got: Buffer, seconds: number): string {
  const of = `${got.length} of ${plural(expected.length, 'byte')}`;
  if (expected.subarray(0, got.length).equals(got)) {
    const then = probe.ending === 'open' ? `nothing for ${seconds} s` : endings[probe.ending];
    return got.length === 0 ? then : `${of}, then ${then}`;
  }
  return `${plural(got.length, 'byte')} for ${expected.length}, wrong from byte ${firstDifference(expected, got)} on`;
}
