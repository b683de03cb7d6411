import { expect } from 'chai';
import { once } from 'node:events';
import { mock } from 'node:test';
import { FrameBatch, FrameDecoder, type FrameError } from '../../lib/framing';
import { frameHeader } from '../../lib/framing/header';

const wire = (...payloads: string[]): Buffer => Buffer.concat(FrameBatch.of(...payloads).pieces);
const tooLarge = frameHeader(0xffff_ffff);

/** Resolves when the stream has taken the bytes. */
const write = (decoder: FrameDecoder<'batches'>, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => decoder.write(bytes, () => resolve()));

describe('FrameDecoder', () => {
  let now: number;

  beforeEach(() => {
    now = 0;
    mock.method(performance, 'now', () => now);
  });

  afterEach(() => mock.restoreAll());

  const flowing = (options: { onFault?: (error: FrameError) => void } = {}): FrameDecoder<'batches'> =>
    new FrameDecoder({ ...options, output: 'batches' }).resume();

  it('yields a batch for each chunk that completed frames, where batches are asked for', async () => {
    const decoder = new FrameDecoder({ output: 'batches' });
    decoder.write(wire('a', 'b'));
    decoder.end(wire('c'));
    const batches = (await decoder.toArray()) as FrameBatch[];
    expect(batches.map((batch) => [...batch].map(String))).to.deep.equal([['a', 'b'], ['c']]);
  });

  it('counts the whole frames', async () => {
    const decoder = flowing();
    await write(decoder, wire('a', 'b'));
    await write(decoder, Buffer.concat([wire('c'), Buffer.from([0])]));
    expect(decoder.frames).to.equal(3);
  });

  it('knows when bytes last came: at first, when it was made', async () => {
    now = 7;
    const decoder = flowing();
    now = 8;
    expect(decoder.receivedAt).to.equal(7);
    now = 9;
    await write(decoder, Buffer.from([0]));
    expect(decoder.receivedAt).to.equal(9);
  });

  it('knows when the unfinished frame began: with its first byte, not with those that follow', async () => {
    const decoder = flowing();
    expect(decoder.frameStartedAt).to.equal(undefined);
    const begins: (number | undefined)[] = [];
    for (const bytes of [wire('a'), frameHeader(2), Buffer.from('x'), Buffer.from('y'), Buffer.from([0])]) {
      now += 1;
      await write(decoder, bytes);
      begins.push(decoder.frameStartedAt);
    }
    expect(begins).to.deep.equal([undefined, 2, 2, undefined, 5]);
  });

  it('times a frame anew whose first byte came with the last of another', async () => {
    const decoder = flowing();
    now = 1;
    await write(decoder, frameHeader(1));
    now = 2;
    await write(decoder, Buffer.concat([Buffer.from('x'), frameHeader(1)]));
    expect(decoder.frameStartedAt).to.equal(2);
  });

  it('ends with a fault that onFault takes, and still discards what comes', async () => {
    const faults: FrameError[] = [];
    const decoder = flowing({ onFault: (fault) => faults.push(fault) });
    const ended = once(decoder, 'end');
    await write(decoder, Buffer.concat([wire('good'), tooLarge]));
    await ended;
    await new Promise(setImmediate);
    expect(decoder.destroyed).to.equal(false);
    now = 5;
    await write(decoder, wire('late'));
    expect(decoder).to.include({ frames: 1, receivedAt: 5 });
    decoder.end();
    await once(decoder, 'finish');
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_FRAME_OVERSIZE']);
  });

  it('still discards what comes after a fault once an iterator has read it to its end', async () => {
    const decoder = new FrameDecoder({ onFault: () => undefined });
    decoder.write(Buffer.concat([wire('good'), tooLarge]));
    const payloads: string[] = [];
    for await (const payload of decoder) payloads.push(payload.toString());
    expect(payloads).to.deep.equal(['good']);
    await new Promise((resolve) => decoder.write(wire('late'), resolve));
    expect(decoder.destroyed).to.equal(false);
  });

  it('gives onFault the fault of a stream that ends inside a frame, and ends', async () => {
    const faults: FrameError[] = [];
    const decoder = new FrameDecoder({ onFault: (fault) => faults.push(fault) });
    decoder.end(Buffer.concat([wire('good'), Buffer.from([0])]));
    expect((await decoder.toArray()).map(String)).to.deep.equal(['good']);
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_FRAME_TRUNCATED']);
  });

  it('gives onFault nothing where the stream ends between frames', async () => {
    const faults: unknown[] = [];
    const decoder = new FrameDecoder({ onFault: (fault) => faults.push(fault) });
    decoder.end(wire('good'));
    expect((await decoder.toArray()).map(String)).to.deep.equal(['good']);
    expect(faults).to.deep.equal([]);
  });

  it('fails with the fault of a chunk that waited, although its writable side had ended', async () => {
    const decoder = new FrameDecoder();
    decoder.write(wire('one', 'two'));
    decoder.end(tooLarge);
    await new Promise(setImmediate); // nobody reads yet
    const payloads: string[] = [];
    let fault: unknown;
    try {
      for await (const payload of decoder) payloads.push(payload.toString());
    } catch (error) {
      fault = error;
    }
    expect(payloads).to.deep.equal(['one', 'two']);
    expect(fault).to.include({ code: 'ERR_FRAME_OVERSIZE' });
  });

  describe('finish', () => {
    it('ends at once where no byte is to come, though the source has not ended', async () => {
      const decoder = flowing();
      await write(decoder, frameHeader(3));
      const ended = once(decoder, 'end');
      decoder.finish();
      await ended;
    });

    it('ends with the last byte that is to come, though the source has not ended', async () => {
      const decoder = flowing();
      const ended = once(decoder, 'end');
      decoder.finish(wire('a').length);
      await write(decoder, wire('a', 'b'));
      await ended;
      expect(decoder.frames).to.equal(1);
    });

    it('passes on a chunk that is accepted whole as it came, without a view of it', async () => {
      const decoder = new FrameDecoder({ output: 'batches' });
      const chunk = wire('a', 'b');
      decoder.finish(chunk.length);
      decoder.write(chunk);
      const [batch] = (await decoder.toArray()) as FrameBatch[];
      expect(batch!.pieces[0]).to.equal(chunk);
    });

    it('takes the smallest number of several calls', async () => {
      const decoder = flowing();
      decoder.finish(wire('a').length);
      decoder.finish(100);
      await write(decoder, wire('a', 'b'));
      expect(decoder.frames).to.equal(1);
    });

    it('takes a frame that it cuts for no fault', async () => {
      const faults: FrameError[] = [];
      const decoder = flowing({ onFault: (fault) => faults.push(fault) });
      decoder.finish(5);
      decoder.end(wire('abc'));
      await once(decoder, 'end');
      expect(faults).to.deep.equal([]);
    });
  });
});
