import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { FrameBatch, FrameDecoder, type FrameDecoderOptions, FrameEncoder, type FrameError } from '../../lib/framing';
import { frameHeader } from '../../lib/framing/header';
import { cut, payloads, wireOf } from './arbitraries';

/** What a decoder reads out, payload by payload, and the error that it ends with. */
async function decode(
  chunks: readonly Buffer[],
  options?: Omit<FrameDecoderOptions, 'output'>,
): Promise<{ got: Buffer[]; error?: unknown }> {
  const got: Buffer[] = [];
  const decoder = new FrameDecoder(options);
  const source = Readable.from(
    chunks.filter((chunk) => chunk.length > 0),
    { objectMode: false },
  );
  source.pipe(decoder);
  try {
    for await (const payload of decoder) got.push(payload);
    return { got };
  } catch (error) {
    return { got, error };
  }
}

/** A Writable that takes one chunk a tick and holds `highWaterMark` bytes: it pushes back all the time. */
function slowSink(into: Buffer[], highWaterMark: number): Writable {
  return new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, callback) {
      into.push(chunk);
      setImmediate(callback);
    },
  });
}

describe('FrameDecoder and FrameEncoder', () => {
  it('carry any frames over any chunks into a consumer that pushes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        payloads(),
        fc.array(fc.nat(3000)),
        fc.integer({ min: 1, max: 8192 }),
        async (sent, cuts, mark) => {
          const wire = wireOf(sent);
          const out: Buffer[] = [];
          const chunks = cut(wire, cuts).filter((chunk) => chunk.length > 0);
          await pipeline(
            Readable.from(chunks, { objectMode: false }),
            new FrameDecoder(),
            new FrameEncoder(),
            slowSink(out, mark),
          );
          expect(Buffer.concat(out)).to.deep.equal(wire);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('carry frames into a consumer that takes them at once', async () => {
    await fc.assert(
      fc.asyncProperty(payloads(), fc.array(fc.nat(3000)), async (sent, cuts) => {
        const chunks = cut(wireOf(sent), cuts).filter((chunk) => chunk.length > 0);
        const sink = new PassThrough({ highWaterMark: 1 << 20 });
        const source = new PassThrough();
        const done = pipeline(source, new FrameDecoder(), new FrameEncoder(), sink);
        for (const chunk of chunks) source.write(chunk);
        source.end();
        const [out] = await Promise.all([sink.toArray(), done]);
        expect(Buffer.concat(out as Buffer[])).to.deep.equal(wireOf(sent));
      }),
      { numRuns: 100 },
    );
  });

  it('give payloads one at a time, the empty ones too, to who knows nothing of batches', async () => {
    const sent = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')];
    const { got, error } = await decode(cut(wireOf(sent), [5]));
    expect(got).to.deep.equal(sent);
    expect(error).to.equal(undefined);
  });

  it('frame payloads one at a time: Buffer, Uint8Array, string', async () => {
    const encoder = new FrameEncoder();
    encoder.write('é');
    encoder.write(new Uint8Array([1, 2]));
    encoder.write(Buffer.alloc(0));
    encoder.write(FrameBatch.of('a', 'b'));
    encoder.end();
    const out = Buffer.concat((await encoder.toArray()) as Buffer[]);
    expect(out).to.deep.equal(wireOf(['é', '\x01\x02', '', 'a', 'b'].map((text) => Buffer.from(text))));
  });

  it('call back each write that asks for it, while they flow, with and without an encoding', async () => {
    const decoder = new FrameDecoder();
    decoder.resume();
    decoder.write(wireOf([Buffer.from('flows')]));
    const wire = wireOf([Buffer.from('told')]);
    await new Promise((resolve) => decoder.write(wire, resolve));
    await new Promise((resolve) => decoder.write(wire, undefined as unknown as BufferEncoding, resolve));
    await new Promise((resolve) => decoder.write(wire, 'utf8', resolve));
  });

  it('refuse to frame what is no payload', async () => {
    const encoder = new FrameEncoder();
    encoder.write(5);
    const [error] = (await once(encoder, 'error')) as [NodeJS.ErrnoException];
    expect(error).to.be.instanceOf(TypeError);
    expect(error.code).to.equal('ERR_INVALID_ARG_TYPE');
  });

  it('work on any Duplex, both its ends in one pipeline', async () => {
    const out: Buffer[] = [];
    const wire = wireOf([Buffer.from('ping'), Buffer.from('pong')]);
    const chunks = cut(wire, [3]);
    const duplex = new Duplex({
      read() {
        this.push(chunks.shift() ?? null);
      },
      write(chunk: Buffer, _encoding, callback) {
        out.push(chunk);
        callback();
      },
    });
    await pipeline(duplex, new FrameDecoder(), new FrameEncoder(), duplex);
    expect(Buffer.concat(out)).to.deep.equal(wire);
  });

  it('deliver the good frames before the error of a header over the limit', async () => {
    const sent = [Buffer.from('good'), Buffer.from('also')];
    const { got, error } = await decode([Buffer.concat([wireOf(sent), frameHeader(101), Buffer.alloc(101)])], {
      maxPayload: 100,
    });
    expect(got).to.deep.equal(sent);
    expect(error).to.include({ code: 'ERR_FRAME_OVERSIZE', announced: 101, maxPayload: 100 });
  });

  it('deliver the good frames before the error of a cut stream', async () => {
    const { got, error } = await decode([Buffer.concat([wireOf([Buffer.from('good')]), Buffer.from([0, 0, 0, 9, 1])])]);
    expect(got).to.deep.equal([Buffer.from('good')]);
    expect(error).to.include({ code: 'ERR_FRAME_TRUNCATED', have: 5, need: 13 });
  });

  it('deliver every good frame before the error, however the stream is cut and however slow its reader is', async () => {
    const oversize = frameHeader(5000);
    const truncated = Buffer.from([0, 0, 0, 9, 1]);
    await fc.assert(
      fc.asyncProperty(
        payloads(),
        fc.array(fc.nat(3000)),
        fc.constantFrom(oversize, truncated),
        fc.array(fc.boolean(), { minLength: 1 }),
        async (sent, cuts, ending, pauses) => {
          const chunks = cut(Buffer.concat([wireOf(sent), ending]), cuts).filter(({ length }) => length > 0);
          const decoder = new FrameDecoder({ maxPayload: 4096 });
          Readable.from(chunks, { objectMode: false }).pipe(decoder);
          const got: Buffer[] = [];
          let error: unknown;
          try {
            for await (const payload of decoder) {
              got.push(payload);
              if (pauses[got.length % pauses.length]) await new Promise(setImmediate);
            }
          } catch (thrown) {
            error = thrown;
          }
          expect(got).to.deep.equal(sent);
          expect(error).to.have.property('code', ending === oversize ? 'ERR_FRAME_OVERSIZE' : 'ERR_FRAME_TRUNCATED');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('deliver the good frames before the error to a listener that had paused', async () => {
    const decoder = new FrameDecoder({ maxPayload: 10 });
    const got: string[] = [];
    decoder.on('data', (payload: Buffer) => got.push(payload.toString()));
    decoder.pause();
    decoder.write(Buffer.concat([wireOf([Buffer.from('a'), Buffer.from('b')]), frameHeader(11)]));
    await new Promise(setImmediate);
    expect(got).to.deep.equal([]);
    decoder.resume();
    const [error] = (await once(decoder, 'error')) as [unknown];
    expect(got).to.deep.equal(['a', 'b']);
    expect(error).to.have.property('code', 'ERR_FRAME_OVERSIZE');
  });

  it('refuse on the header alone, while the source goes on', async () => {
    const decoder = new FrameDecoder({ maxPayload: 10 });
    decoder.resume();
    decoder.write(Buffer.concat([wireOf([Buffer.from('good')]), frameHeader(11)]));
    const [error] = (await once(decoder, 'error')) as [unknown];
    expect(error).to.include({ code: 'ERR_FRAME_OVERSIZE', announced: 11, maxPayload: 10 });
  });

  it('tell what a refused frame began with, its header included, however it is cut', async () => {
    const wire = Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n');
    for (const cuts of [[], [1], [3, 100]]) {
      const { error } = await decode(cut(wire, cuts));
      const { firstBytes } = error as { firstBytes: Buffer };
      expect(firstBytes.length).to.be.within(4, 32);
      expect(firstBytes).to.deep.equal(wire.subarray(0, firstBytes.length));
    }
  });

  it('compile in a pipeline with an async generator, which is given Buffers', async () => {
    const source = new PassThrough();
    const out = new PassThrough();
    const done = pipeline(
      source,
      new FrameDecoder(),
      async function* (requests) {
        for await (const request of requests) yield request.subarray(1);
      },
      new FrameEncoder(),
      out,
    );
    source.end(wireOf([Buffer.from('abc'), Buffer.from('x')]));
    const replies = Buffer.concat((await out.toArray()) as Buffer[]);
    expect(replies).to.deep.equal(wireOf([Buffer.from('bc'), Buffer.alloc(0)]));
    await done;
  });

  it('cork the destination while the pieces of a batch go out: one writev', async () => {
    const calls: number[] = [];
    const destination = new Writable({
      write(_chunk, _encoding, callback) {
        calls.push(1);
        callback();
      },
      writev(chunks, callback) {
        calls.push(chunks.length);
        callback();
      },
    });
    const encoder = new FrameEncoder({ destination });
    encoder.pipe(destination);
    encoder.write(FrameBatch.of('a', 'b'));
    encoder.write('c');
    encoder.end();
    await once(destination, 'finish');
    expect(calls).to.deep.equal([4, 2]);
  });

  it('do not cork it for one piece', async () => {
    const destination = new PassThrough();
    let corks = 0;
    destination.cork = (): void => void (corks += 1);
    const encoder = new FrameEncoder({ destination });
    encoder.pipe(destination);
    const wire = wireOf([Buffer.from('whole')]);
    encoder.end(new FrameBatch([wire], 1, wire.length));
    expect(await destination.toArray()).to.deep.equal([wire]);
    expect(corks).to.equal(0);
  });

  it('end in order where a fault is taken by onFault, and discard what follows', async () => {
    const faults: FrameError[] = [];
    const decoder = new FrameDecoder({ maxPayload: 10, onFault: (fault) => faults.push(fault) });
    const source = new PassThrough();
    const sink = new PassThrough();
    const done = pipeline(source, decoder, new FrameEncoder(), sink);
    const good = wireOf([Buffer.from('good')]);
    source.write(Buffer.concat([good, frameHeader(11), Buffer.alloc(100_000)]));
    expect(Buffer.concat((await sink.toArray()) as Buffer[])).to.deep.equal(good);
    for (let i = 0; i < 50; i++) source.write(Buffer.alloc(10_000));
    source.end();
    await done;
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_FRAME_OVERSIZE']);
  });

  it('finish early at the last whole frame of the bytes that still count', async () => {
    const sent = [Buffer.from('first'), Buffer.from('second'), Buffer.from('third')];
    const decoder = new FrameDecoder({ output: 'payloads' });
    const source = new PassThrough();
    source.pipe(decoder);
    decoder.finish(wireOf(sent.slice(0, 2)).length + 3);
    source.end(wireOf(sent));
    expect(await decoder.toArray()).to.deep.equal(sent.slice(0, 2));
  });

  it('hold at most a few batches of a source that pushes on while nobody reads', async () => {
    const decoder = new FrameDecoder();
    const encoder = new FrameEncoder();
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    let taken = 0;
    const frame = wireOf([Buffer.alloc(1000)]);
    const source = new Readable({
      highWaterMark: 1,
      read() {
        taken += 1;
        this.push(frame);
      },
    });
    source.pipe(decoder).pipe(encoder).pipe(stuck);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(taken).to.be.lessThan(10);
    source.destroy();
  });
});
