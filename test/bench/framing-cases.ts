import { once } from 'node:events';
import type { Transform } from 'node:stream';
import * as frameStream from 'frame-stream';
import * as lengthPrefixed from 'it-length-prefixed';
import { FrameBatch, FrameDecoder, FrameEncoder, FrameParser } from 'trustctl';
import { lengthDecoder, lengthEncoder } from './uint32-length';

/** What came out of a pass. */
export interface Passed {
  frames: number;
  bytes: number;
}

/** What goes in: the same frames as chunks of the wire, as payloads, and as batches of a chunk's worth. */
export interface Input {
  readonly chunks: readonly Buffer[];
  readonly payloads: readonly Buffer[];
  readonly batches: readonly FrameBatch[];
}

/** One way to decode or encode. */
export interface FramingCase {
  readonly direction: 'decode' | 'encode';
  readonly name: string;
  /** Takes the whole input once. `bytes` of a decoder are payload, of an encoder wire. */
  readonly pass: (input: Input) => Promise<Passed> | Passed;
}

/** Through a stream, as `pipe` would: writes until it says to wait, and counts what it reads out. */
async function through(stream: Transform, input: Iterable<unknown>, count: (out: never) => Passed): Promise<Passed> {
  const passed = { frames: 0, bytes: 0 };
  stream.on('data', (out: unknown) => {
    const { frames, bytes } = count(out as never);
    passed.frames += frames;
    passed.bytes += bytes;
  });
  const ended = once(stream, 'end');
  for (const item of input) if (!stream.write(item)) await once(stream, 'drain');
  stream.end();
  await ended;
  return passed;
}

const ofBatch = ({ count, byteLength }: FrameBatch): Passed => ({ frames: count, bytes: byteLength - 4 * count });
const ofPayload = ({ byteLength }: { byteLength: number }): Passed => ({ frames: 1, bytes: byteLength });
const ofWire = ({ byteLength }: { byteLength: number }): Passed => ({ frames: 0, bytes: byteLength });

/** Through generators, which are pulled. */
function pulled(output: Iterable<{ byteLength: number }>, count: (out: { byteLength: number }) => Passed): Passed {
  const passed = { frames: 0, bytes: 0 };
  for (const out of output) {
    const { frames, bytes } = count(out);
    passed.frames += frames;
    passed.bytes += bytes;
  }
  return passed;
}

function parsed({ chunks }: Input): Passed {
  const parser = new FrameParser(65_536);
  const passed = { frames: 0, bytes: 0 };
  for (const chunk of chunks) {
    const batch = parser.feed(chunk);
    if (batch === undefined) continue;
    passed.frames += batch.count;
    passed.bytes += batch.byteLength - 4 * batch.count;
  }
  return passed;
}

export const framingCases: readonly FramingCase[] = [
  { direction: 'decode', name: 'FrameParser', pass: parsed },
  {
    direction: 'decode',
    name: 'FrameDecoder, batches',
    pass: ({ chunks }) => through(new FrameDecoder(), chunks, ofBatch),
  },
  {
    direction: 'decode',
    name: 'FrameDecoder, payloads',
    pass: ({ chunks }) => through(new FrameDecoder({ output: 'payloads' }), chunks, ofPayload),
  },
  {
    direction: 'decode',
    name: 'frame-stream',
    pass: ({ chunks }) => through(frameStream.decode({ maxSize: 65_536 }), chunks, ofPayload),
  },
  {
    direction: 'decode',
    name: 'it-length-prefixed',
    pass: ({ chunks }) => pulled(lengthPrefixed.decode(chunks, { lengthDecoder, maxDataLength: 65_536 }), ofPayload),
  },
  {
    direction: 'encode',
    name: 'FrameEncoder, batches',
    pass: ({ batches }) => through(new FrameEncoder(), batches, ofWire),
  },
  {
    direction: 'encode',
    name: 'FrameEncoder, payloads',
    pass: ({ payloads }) => through(new FrameEncoder(), payloads, ofWire),
  },
  {
    direction: 'encode',
    name: 'frame-stream',
    pass: ({ payloads }) => through(frameStream.encode(), payloads, ofWire),
  },
  {
    direction: 'encode',
    name: 'it-length-prefixed',
    pass: ({ payloads }) => pulled(lengthPrefixed.encode(payloads, { lengthEncoder, maxDataLength: 65_536 }), ofWire),
  },
];
