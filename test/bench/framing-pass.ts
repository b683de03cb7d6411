import { FrameBatch, FrameParser, HEADER_LENGTH } from 'trustctl';
import { FrameRing } from './frame-ring';
import { type Input, framingCases } from './framing-cases';

/** Bytes of a chunk that a decoder is fed: what Node reads from a socket at once. */
const CHUNK_BYTES = 65_536;

/** What one measurement is told, and what it tells. */
export interface FramingSpec {
  /** Which of the cases. */
  readonly index: number;
  /** Bytes of payload a frame. */
  readonly payload: number;
  /** Frames that go through in one pass. */
  readonly frames: number;
  readonly seconds: number;
}

export interface FramingResult {
  readonly frames: number;
  readonly seconds: number;
}

function inputOf({ payload, frames }: FramingSpec): Input {
  const ring = new FrameRing(payload);
  const wire = Buffer.alloc(frames * ring.frameLength);
  for (let at = 0; at < wire.length;) at += ring.slice(at, wire.length).copy(wire, at);
  const chunks: Buffer[] = [];
  for (let at = 0; at < wire.length; at += CHUNK_BYTES) chunks.push(wire.subarray(at, at + CHUNK_BYTES));
  const payloads = Array.from({ length: frames }, (_, n) =>
    wire.subarray(n * ring.frameLength + HEADER_LENGTH, (n + 1) * ring.frameLength),
  );
  const parser = new FrameParser(payload);
  const batches = chunks.map((chunk) => parser.feed(chunk)).filter((batch) => batch instanceof FrameBatch);
  return { chunks, payloads, batches };
}

/** One case in a process of its own, so that none runs in code that another one's types have made slow. */
async function main(): Promise<void> {
  const spec = JSON.parse(process.argv[2] ?? '') as FramingSpec;
  const { pass, direction, name } = framingCases[spec.index] as (typeof framingCases)[number];
  const input = inputOf(spec);
  const payloadBytes = spec.frames * spec.payload;
  const expected =
    direction === 'decode'
      ? { frames: spec.frames, bytes: payloadBytes }
      : { frames: 0, bytes: payloadBytes + spec.frames * HEADER_LENGTH };

  const passUntil = async (seconds: number): Promise<FramingResult> => {
    const startedAt = performance.now();
    let frames = 0;
    for (;;) {
      const { frames: out, bytes } = await pass(input);
      if (out !== expected.frames || bytes !== expected.bytes) {
        throw new Error(`${name}: ${out} frames, ${bytes} bytes; expected ${JSON.stringify(expected)}`);
      }
      frames += spec.frames;
      const elapsed = (performance.now() - startedAt) / 1000;
      if (elapsed > seconds) return { frames, seconds: elapsed };
    }
  };
  await passUntil(spec.seconds / 2);
  process.stdout.write(JSON.stringify(await passUntil(spec.seconds)));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`framing: ${(error as Error).message}\n`);
    process.exitCode = 1;
  });
}
