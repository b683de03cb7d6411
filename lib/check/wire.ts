/**
 * The wire format, independent of `lib/framing`: a check that shared its framing with the server would not notice a bug in it.
 *
 *     00 00 00 05 68 65 6c 6c 6f
 *     ----------- --------------
 *     length      payload
 */
export const HEADER_LENGTH = 4;

/** A header that announces `length` bytes. */
export function header(length: number): Buffer {
  return Buffer.from([length >>> 24, length >>> 16, length >>> 8, length]);
}

/** A whole frame. */
export function frame(payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([header(bytes.length), bytes]);
}

/** Whole frames, back to back. */
export function frames(payloads: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(payloads.map(frame));
}

/** The payloads of the whole frames at the start of `wire`. */
export function payloadsOf(wire: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + HEADER_LENGTH <= wire.length) {
    const end = at + HEADER_LENGTH + wire.readUInt32BE(at);
    if (end > wire.length) break;
    payloads.push(wire.subarray(at + HEADER_LENGTH, end));
    at = end;
  }
  return payloads;
}

/** `length` pseudo-random bytes, other ones for each `seed`, so that a misplaced byte is noticed. */
export function pattern(length: number, seed = 1): Buffer {
  const random = randomFrom(seed);
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = random(256);
  return bytes;
}

/** Pseudo-random integers from 0 to below `n`, the same sequence for the same seed (mulberry32). */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}
