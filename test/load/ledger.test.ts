import { expect } from 'chai';
import fc from 'fast-check';
import { FrameParser } from '../../lib/framing/frame-parser';
import { Ledger } from '../../lib/load/ledger';
import { messageSizes } from '../../lib/load/message-sizes';

/** A ledger whose messages are numbered from 0. */
function ledger({ min, max, window = 16 }: { min: number; max: number; window?: number }): Ledger {
  let number = 0;
  return new Ledger({ nextSize: messageSizes({ min, max }), nextNumber: () => number++, maxFrame: 4 + max, window });
}

const copy = (pieces: Buffer[]): Buffer => Buffer.concat(pieces);

describe('Ledger', () => {
  it('verifies whatever it issued, in any windows and any chunks', () => {
    const sizes = fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
    const steps = fc.array(fc.tuple(fc.nat(40), fc.nat(5000)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 64 }), steps, (size, window, plan) => {
        const book = ledger({ ...size, window });
        let wire = Buffer.alloc(0);
        let sent = 0;
        for (const [issued, returned] of plan) {
          const count = Math.min(issued, window - book.outstanding);
          wire = Buffer.concat([wire, ...book.issue(count, 0)]);
          sent += count;
          const chunk = Buffer.from(wire.subarray(0, returned));
          wire = wire.subarray(chunk.length);
          expect(book.verify(chunk)).to.equal(undefined);
        }
        expect(book.verify(Buffer.from(wire))).to.equal(undefined);
        expect(book).to.include({ sent, echoed: sent, outstanding: 0 });
      }),
    );
  });

  it('sends frames of the sizes that were asked for, and no two alike', () => {
    const book = ledger({ min: 8, max: 40, window: 10_000 });
    const batch = new FrameParser(40).feed(copy(book.issue(5000, 0)))!;
    const payloads = [...batch].map((payload) => payload.toString('latin1'));
    expect(payloads).to.have.length(5000);
    expect(new Set(payloads)).to.have.length(5000);
    expect(Math.min(...payloads.map(({ length }) => length))).to.equal(8);
    expect(Math.max(...payloads.map(({ length }) => length))).to.equal(40);
  });

  it('keeps messages unique when their buffers are used again', () => {
    const book = ledger({ min: 64, max: 64, window: 3 });
    const seen = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const wire = copy(book.issue(3, 0));
      for (const payload of new FrameParser(64).feed(Buffer.from(wire))!) seen.add(payload.toString('latin1'));
      book.verify(Buffer.from(wire));
    }
    expect(seen).to.have.length(300);
  });

  it('finds any single byte that is changed, and says where and in which message', () => {
    fc.assert(
      fc.property(
        fc.nat(9 * 24 - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 216 }),
        (place, flip, cut) => {
          const book = ledger({ min: 20, max: 20 });
          const wire = copy(book.issue(9, 0));
          const lie = Buffer.from(wire);
          lie[place]! ^= flip;
          const chunks = Array.from({ length: Math.ceil(lie.length / cut) }, (_, i) =>
            lie.subarray(i * cut, (i + 1) * cut),
          );
          const differences = chunks
            .map((chunk) => book.verify(chunk))
            .filter((difference) => difference !== undefined);
          expect(differences[0]).to.deep.equal({
            kind: 'mismatch',
            message: Math.floor(place / 24) + 1,
            offset: place % 24,
            sent: wire[place],
            got: lie[place],
            bytes: 0,
          });
        },
      ),
    );
  });

  it('counts what came back right before a difference', () => {
    const book = ledger({ min: 20, max: 20 });
    const lie = copy(book.issue(5, 0));
    const changed = Buffer.from(lie);
    changed[3 * 24 + 10]! ^= 1;
    book.verify(changed);
    expect(book.echoed).to.equal(3);
    expect(book.partial).to.deep.equal({ have: 10, need: 24 });
  });

  it('tells of bytes that nothing was sent for', () => {
    const book = ledger({ min: 4, max: 4 });
    const wire = Buffer.from(copy(book.issue(2, 0)));
    const surplus = book.verify(Buffer.concat([wire, Buffer.from('xyz')]));
    expect(surplus).to.include({ kind: 'surplus', message: 2, bytes: 3 });
    expect(book.echoed).to.equal(2);
    expect(ledger({ min: 4, max: 4 }).verify(Buffer.from('x'))).to.include({ kind: 'surplus', message: 0, bytes: 1 });
  });

  it('says how much of the reply came that is under way', () => {
    const book = ledger({ min: 6, max: 6 });
    const wire = Buffer.from(copy(book.issue(2, 0)));
    expect(book.partial).to.deep.equal({ have: 0, need: 0 });
    book.verify(wire.subarray(0, 13));
    expect(book.partial).to.deep.equal({ have: 3, need: 10 });
  });

  it('handles messages of no bytes, and of more than a segment', () => {
    const empty = ledger({ min: 0, max: 0 });
    expect(empty.verify(Buffer.from(copy(empty.issue(100, 0))))).to.equal(undefined);
    expect(empty.echoed).to.equal(100);
    const large = ledger({ min: 1_000_000, max: 1_000_000 });
    const wire = copy(large.issue(3, 0));
    expect(wire).to.have.length(3_000_012);
    expect(large.verify(Buffer.from(wire))).to.equal(undefined);
    expect(large.echoed).to.equal(3);
  });

  it('remembers when each message was due', () => {
    const book = ledger({ min: 1, max: 1 });
    book.issue(3, 100, 10);
    book.issue(2, 500);
    const times: [number, number][] = [];
    const take = (count: number): void => book.times.take(count, (at, many) => times.push([at, many]));
    take(2);
    take(2);
    take(1);
    expect(times).to.deep.equal([
      [100, 1],
      [110, 1],
      [120, 1],
      [500, 1],
      [500, 1],
    ]);
  });
});

describe('messageSizes', () => {
  it('draws every size between the ends, the same row each time', () => {
    const draw = (): number[] => Array.from({ length: 2000 }, messageSizes({ min: 10, max: 19 }));
    expect(new Set(draw())).to.have.length(10);
    expect(draw()).to.deep.equal(draw());
  });
});
