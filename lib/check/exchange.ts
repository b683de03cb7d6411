import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from './target';
import { firstDifference } from './hex-diff';
import { Mismatch } from './mismatch';
import { type Ending, Probe } from './probe';
import { frame, pattern } from './wire';

/** Seconds without progress before a server is said to be silent. */
export const DEFAULT_PATIENCE = 5;
/** Bytes: the largest payload that a case sends to a server whose limit is not known. */
export const UNTOLD_LARGEST = 1024;
/** Milliseconds between two pieces of a stream that the server is meant to read apart. */
const APART_MS = 20;
/** How long bytes that differ are given to come in, in seconds, so that the report can name the bug. */
const GATHER_SECONDS = 0.1;
/** How much of a wrong reply is gathered. */
const GATHER_BYTES = 1 << 16;

const endings: Record<Ending, string> = {
  open: 'nothing',
  fin: 'the end of the stream (FIN)',
  reset: 'a reset (RST)',
};

/** "1 byte", "2 bytes". */
export function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}

/** What one case has in hand: connections of its own, what the server promises, and the words to say what must come. */
export class Exchange {
  private readonly probes = new Set<Probe>();
  private over = false;

  constructor(readonly target: Target) {}

  /** Seconds without progress before a server is said to be silent. */
  get patience(): number {
    return this.target.patience ?? DEFAULT_PATIENCE;
  }

  /** Bytes: the largest payload that may be sent. */
  get largest(): number {
    return this.target.maxPayload ?? UNTOLD_LARGEST;
  }

  /** What the target promises under `name`; the runner skips the cases whose promise is missing. */
  promised(name: 'maxPayload' | 'serverTimeout' | 'serverFrameTimeout' | 'serverPid'): number {
    const value = this.target[name];
    if (value === undefined) throw new TypeError(`a case uses ${name} and does not say that it needs it`);
    return typeof value === 'function' ? value() : value;
  }

  /** A payload of `length` bytes, or of the largest size where that is less. */
  payload(length: number, seed = length): Buffer {
    return pattern(Math.min(length, this.largest), seed);
  }

  /** A new connection. */
  async open(): Promise<Probe> {
    const probe = await Probe.open(this.target, this.patience);
    if (this.over) probe.close();
    else this.probes.add(probe);
    return probe;
  }

  /** Closes what is still open, which also ends what still waits. */
  end(): void {
    this.over = true;
    for (const probe of this.probes) probe.close();
  }

  /** `expected` comes next, byte for byte. */
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

  /** Sends frames back to back in one write, and each comes back. */
  async echoes(probe: Probe, ...payloads: (string | Buffer)[]): Promise<void> {
    const wire = Buffer.concat(payloads.map(frame));
    probe.send(wire);
    await this.receives(probe, wire);
  }

  /** A client of its own sends a frame, gets it back and leaves: the server serves. */
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

  /** Stops the server and starts it again; it did not come back: a Mismatch. */
  async restart(): Promise<void> {
    if (!this.target.restart) throw new TypeError('a case restarts the server and does not say that it needs to');
    try {
      await this.target.restart();
    } catch (error) {
      throw new Mismatch(error instanceof Error ? error.message : String(error));
    }
  }

  /** The server ends its direction, and sends no byte before that. A FIN, or also an RST where `how` is `any`. */
  async ends(probe: Probe, how: 'fin' | 'any', seconds = this.patience): Promise<void> {
    const extra = await probe.take(GATHER_BYTES, seconds);
    if (extra) {
      const got = Buffer.concat([extra, await gather(probe)]);
      throw new Mismatch(`${count(got.length, 'byte')} more where the stream had to end`, {
        sent: probe.sent,
        expected: Buffer.alloc(0),
        got,
      });
    }
    if (probe.ending === 'open') throw new Mismatch(`a connection that was still open after ${seconds} s`);
    if (probe.ending === 'reset' && how === 'fin') throw new Mismatch('a reset (RST) where a FIN had to come');
  }

  /** No byte comes and the stream stays open for `ms`. */
  async staysSilent(probe: Probe, ms: number): Promise<void> {
    const got = await probe.take(GATHER_BYTES, ms / 1000);
    if (got) {
      const bytes = { sent: probe.sent, expected: Buffer.alloc(0), got };
      throw new Mismatch(`${count(got.length, 'byte')} where none had to come`, bytes);
    }
    if (probe.ending !== 'open') throw new Mismatch(`${endings[probe.ending]} where the stream had to stay open`);
  }

  /** Lets time pass where no event can tell: for what must not happen, and between pieces meant to arrive apart. */
  async pause(ms = APART_MS): Promise<void> {
    await wait(ms);
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
  const of = `${got.length} of ${count(expected.length, 'byte')}`;
  if (expected.subarray(0, got.length).equals(got)) {
    const then = probe.ending === 'open' ? `nothing for ${seconds} s` : endings[probe.ending];
    return got.length === 0 ? then : `${of}, then ${then}`;
  }
  return `${count(got.length, 'byte')} for ${expected.length}, wrong from byte ${firstDifference(expected, got)} on`;
}
