import { expect } from 'chai';
import fc from 'fast-check';
import { once } from 'node:events';
import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import { FrameBatch, FrameDecoder, FrameEncoder } from '../../lib/framing';
import { EchoTransform } from '../../lib/server/echo-transform';
import { cut, payloads, wireOf } from './arbitraries';
import { courses, trace } from './course';

/** The high-water marks of a stream, so that its reference pushes back at the same points. */
function marksOf(stream: Transform): TransformOptions {
  return {
    readableObjectMode: stream.readableObjectMode,
    writableObjectMode: stream.writableObjectMode,
    readableHighWaterMark: stream.readableHighWaterMark,
    writableHighWaterMark: stream.writableHighWaterMark,
  };
}

/** A Transform that does with each chunk what `make` says, and nothing else. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the callers write
function reference<Chunk>(subject: Transform, make: (chunk: Chunk, push: (out: unknown) => void) => void): Transform {
  return new Transform({
    ...marksOf(subject),
    transform(chunk: Chunk, _encoding, callback: TransformCallback) {
      make(chunk, (out) => this.push(out));
      callback();
    },
  });
}

/** Frames by joining all that came, which is slow and plain. */
function plainDecoder(subject: Transform): Transform {
  let rest = Buffer.alloc(0);
  return reference(subject, (chunk: Buffer, push) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE();
      push(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
  });
}

const batches = payloads({ maxSize: 64 }).map((sent) => sent.map((payload) => FrameBatch.of(payload, payload)));

describe('The framing streams beside plain Transforms, over any course of operations', () => {
  it('FrameDecoder reads out the same frames, and does all else at the same points', async () => {
    await fc.assert(
      fc.asyncProperty(payloads({ minLength: 1, maxSize: 64 }), courses, async (sent, course) => {
        // In whatever order these are written, they are a framed stream: each is a whole number of frames.
        const chunks = [wireOf(sent), ...sent.map((payload) => wireOf([payload]))];
        const subject = new FrameDecoder();
        const expected = await trace(plainDecoder(subject), course, chunks);
        expect(await trace(subject, course, chunks)).to.deep.equal(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('FrameDecoder reads out the same frames of a stream that is cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(payloads({ minLength: 1 }), fc.array(fc.nat(300)), async (sent, cuts) => {
        const chunks = cut(wireOf(sent), cuts).filter(({ length }) => length > 0);
        const inOrder = chunks.map((_, chunk) => ({ do: 'write' as const, chunk }));
        const course = [inOrder, [{ do: 'end' as const }]] as const;
        const subject = new FrameDecoder();
        const expected = await trace(plainDecoder(subject), course, chunks);
        expect(await trace(subject, course, chunks)).to.deep.equal(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('EchoTransform passes on the same', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (course) => {
        const chunks = ['a', 'b', Buffer.from('c'), FrameBatch.of('d')];
        const subject = new EchoTransform();
        const expected = await trace(
          reference<unknown>(subject, (chunk, push) => push(chunk)),
          course,
          chunks,
        );
        expect(await trace(subject, course, chunks)).to.deep.equal(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('FrameEncoder reads out the same bytes, whether given payloads or batches', async () => {
    await fc.assert(
      fc.asyncProperty(batches, courses, async (made, course) => {
        const chunks = ['é', Buffer.alloc(0), new Uint8Array([1, 2]), ...made];
        const subject = new FrameEncoder();
        const plain = reference(subject, (chunk: FrameBatch | string | Uint8Array, push) => {
          const sent = chunk instanceof FrameBatch ? [...chunk] : [Buffer.from(chunk)];
          for (const payload of sent) for (const piece of FrameBatch.of(payload).pieces) push(piece);
        });
        const expected = await trace(plain, course, chunks);
        expect(await trace(subject, course, chunks)).to.deep.equal(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('FrameEncoder keeps the order of a write from within a data listener', async () => {
    const encoder = new FrameEncoder();
    const out: Buffer[] = [];
    let isFirst = true;
    encoder.on('data', (piece: Buffer) => {
      out.push(piece);
      if (isFirst) encoder.write('BB');
      isFirst = false;
    });
    encoder.write('AAA');
    encoder.end();
    await once(encoder, 'end');
    expect(Buffer.concat(out)).to.deep.equal(wireOf([Buffer.from('AAA'), Buffer.from('BB')]));
  });

  it('override nothing of Transform but what a Transform is there to implement', () => {
    const methodsOf = (stream: Transform): string[] =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(stream)).filter((name) => name in Transform.prototype);
    for (const stream of [new FrameDecoder(), new EchoTransform(), new FrameEncoder()]) {
      expect(['constructor', '_transform', '_flush']).to.include.members(methodsOf(stream));
    }
  });
});
