import { expect } from 'chai';
import fc from 'fast-check';
import { FrameBatch, HEADER_LENGTH } from '../../lib/framing';
import { FrameParser } from '../../lib/framing/frame-parser';
import { frameHeader } from '../../lib/framing/header';
import { cut, payloads, wireOf } from './arbitraries';

/** Feeds the chunks and returns the payloads that came out. */
function parse(parser: FrameParser, chunks: readonly Buffer[]): Buffer[] {
  return chunks.flatMap((chunk) => [...(parser.feed(chunk) ?? [])]);
}

describe('FrameParser', () => {
  it('gives any frames back, cut and merged in any way', () => {
    fc.assert(
      fc.property(payloads(), fc.array(fc.nat(5000)), (sent, cuts) => {
        const parser = new FrameParser(65536);
        expect(parse(parser, cut(wireOf(sent), cuts))).to.deep.equal(sent);
        expect(parser.have).to.equal(0);
        parser.end();
        expect(parser.fault).to.equal(undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the wire bytes of the frames that a batch holds, headers included', () => {
    fc.assert(
      fc.property(payloads(), fc.array(fc.nat(5000)), (sent, cuts) => {
        const wire = wireOf(sent);
        const parser = new FrameParser(65536);
        const batches = cut(wire, cuts).flatMap((chunk) => parser.feed(chunk) ?? []);
        expect(Buffer.concat(batches.flatMap(({ pieces }) => pieces))).to.deep.equal(wire);
        for (const batch of batches) {
          expect(batch.byteLength).to.equal(batch.pieces.reduce((sum, piece) => sum + piece.length, 0));
          expect([...batch]).to.have.length(batch.count);
        }
      }),
    );
  });

  it('says how much of which frame it has, wherever the stream ends', () => {
    fc.assert(
      fc.property(payloads({ minLength: 1 }), fc.nat(), fc.array(fc.nat(5000)), (sent, at, cuts) => {
        const wire = wireOf(sent);
        const end = at % wire.length;
        const parser = new FrameParser(65536);
        const whole = parse(parser, cut(wire.subarray(0, end), cuts));
        expect(whole).to.deep.equal(sent.slice(0, whole.length));
        const start = whole.reduce((sum, payload) => sum + HEADER_LENGTH + payload.length, 0);
        parser.end();
        if (start === end) expect(parser.fault).to.equal(undefined);
        else {
          const have = end - start;
          const need = have < HEADER_LENGTH ? HEADER_LENGTH : HEADER_LENGTH + sent[whole.length]!.length;
          expect(parser.fault).to.include({ code: 'ERR_FRAME_TRUNCATED', have, need });
        }
      }),
    );
  });

  it('refuses a header over the limit at its fourth byte, after the frames before it, however it is cut', () => {
    fc.assert(
      fc.property(
        payloads({ maxSize: 100 }),
        fc.integer({ min: 101, max: 0xffffffff }),
        fc.array(fc.nat(300)),
        (sent, announced, cuts) => {
          const wire = Buffer.concat([wireOf(sent), frameHeader(announced)]);
          const parser = new FrameParser(100);
          const chunks = cut(wire.subarray(0, -1), cuts);
          expect(parse(parser, chunks)).to.deep.equal(sent);
          expect(parser.fault).to.equal(undefined);
          parser.feed(wire.subarray(-1));
          expect(parser.fault).to.include({ code: 'ERR_FRAME_OVERSIZE', announced, maxPayload: 100 });
          expect(parser.feed(wireOf([Buffer.from('late')]))).to.equal(undefined);
        },
      ),
    );
  });

  it('takes a payload of exactly the limit', () => {
    const parser = new FrameParser(10);
    expect(parse(parser, [wireOf([Buffer.alloc(10, 1)])])).to.have.length(1);
    parser.feed(wireOf([Buffer.alloc(11)]));
    expect(parser.fault).to.include({ announced: 11 });
  });

  it('gives whole frames in the buffer that they came in, without a copy', () => {
    const wire = wireOf([Buffer.alloc(3000, 1), Buffer.alloc(3000, 2)]);
    const batch = new FrameParser(65536).feed(wire)!;
    expect(batch.pieces).to.have.length(1);
    expect(batch.pieces[0]).to.equal(wire);
  });

  it('keeps nothing of an empty chunk, or of one that ends with a frame', () => {
    const parser = new FrameParser();
    const wire = wireOf([Buffer.from('whole')]);
    parser.feed(Buffer.alloc(0));
    for (let i = 0; i < 2; i++) expect(parser.feed(wire)!.pieces).to.have.length(1);
  });

  it('gives no batch for a chunk that completes no frame', () => {
    const parser = new FrameParser();
    const wire = wireOf([Buffer.from('ab')]);
    for (const at of [0, 2, 4, 5]) expect(parser.feed(wire.subarray(at, at + 1))).to.equal(undefined);
    expect(parser.feed(Buffer.alloc(0))).to.equal(undefined);
  });

  it('takes nothing more after a fault, of either kind', () => {
    const oversize = new FrameParser(10);
    oversize.feed(Buffer.concat([wireOf([Buffer.from('good')]), frameHeader(11), Buffer.alloc(20)]));
    const truncated = new FrameParser(10);
    truncated.feed(frameHeader(1));
    truncated.end();
    for (const parser of [oversize, truncated]) {
      const { fault, have } = parser;
      expect(parser.feed(wireOf([Buffer.from('x'), Buffer.from('y')]))).to.equal(undefined);
      parser.end();
      expect(parser.fault).to.equal(fault);
      expect(parser.have).to.equal(have);
    }
    expect(oversize.have).to.equal(0);
  });

  it('keeps large pieces of a cut frame as they came', () => {
    const wire = wireOf([Buffer.alloc(60_000, 7)]);
    const parser = new FrameParser(65536);
    parser.feed(wire.subarray(0, 20_000));
    parser.feed(wire.subarray(20_000, 40_000));
    const batch = parser.feed(wire.subarray(40_000))!;
    expect(batch.pieces).to.have.length(3);
    for (const piece of batch.pieces) expect(piece.buffer).to.equal(wire.buffer);
  });

  it('gathers a payload that comes byte by byte into a few pieces', () => {
    const wire = wireOf([Buffer.alloc(65_536, 7)]);
    const parser = new FrameParser(65536);
    let batch: FrameBatch | undefined;
    for (let i = 0; i < wire.length; i++) batch = parser.feed(Buffer.from(wire.subarray(i, i + 1))) ?? batch;
    expect(Buffer.concat(batch!.pieces)).to.deep.equal(wire);
    expect(batch!.pieces.length).to.be.lessThan(20);
  });

  it('reserves nothing for a length that was only announced', () => {
    const parser = new FrameParser(0xffffffff);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 4; i++) parser.feed(frameHeader(0xfffffff0).subarray(i, i + 1));
    expect(parser.fault).to.equal(undefined);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(1_000_000);
  });
});
