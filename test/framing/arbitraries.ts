import fc from 'fast-check';
import { frameHeader } from '../../lib/framing/header';

/** Payloads of any bytes: mostly short ones, the empty one often, some of a few kilobytes. */
export function payloads({ minLength = 0, maxSize = 4096 } = {}): fc.Arbitrary<Buffer[]> {
  const size = (maxLength: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ maxLength: Math.min(maxLength, maxSize) });
  const payload = fc.oneof(fc.constant(new Uint8Array()), size(8), size(64), size(4096));
  return fc.array(
    payload.map((bytes) => Buffer.from(bytes)),
    { minLength, maxLength: 12 },
  );
}

/** The payloads framed, one after another. */
export function wireOf(sent: readonly Buffer[]): Buffer {
  return Buffer.concat(sent.flatMap((payload) => [frameHeader(payload.length), payload]));
}

/** `wire` in chunks of these sizes, over and over; in one chunk where there are none. Sizes of 0 are chunks without bytes. */
export function cut(wire: Buffer, sizes: readonly number[]): Buffer[] {
  if (sizes.every((size) => size === 0)) return [wire];
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < wire.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(wire.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
