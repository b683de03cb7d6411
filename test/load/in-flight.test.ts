import { expect } from 'chai';
import fc from 'fast-check';
import { FrameParser } from '../../lib/framing/frame-parser';
import { InFlight } from '../../lib/load/in-flight';
import { messageSizes } from '../../lib/load/message-sizes';

/** Messages that are numbered from 0. */
function inFlight({ min, max, window = 16 }: { min: number; max: number; window?: number }): InFlight {
  let number = 0;
  return new InFlight({ nextSize: messageSizes({ min, max }), nextNumber: () => number++, maxFrame: 4 + max, window });
}

const copy = (pieces: Buffer[]): Buffer => Buffer.concat(pieces);

describe('InFlight', () => {
  it('verifies whatever it made, in any windows and any chunks', () => {
    const sizes = fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
    const steps = fc.array(fc.tuple(fc.nat(40), fc.nat(5000)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 64 }), steps, (size, window, plan) => {
        const messages = inFlight({ ...size, window });
        let wire = Buffer.alloc(0);
        let sent = 0;
        for (const [issued, returned] of plan) {
          const count = Math.min(issued, window - messages.count);
          wire = Buffer.concat([wire, ...messages.add(count, 0)]);
          sent += count;
          const chunk = Buffer.from(wire.subarray(0, returned));
          wire = wire.subarray(chunk.length);
          expect(messages.verify(chunk)).to.equal(undefined);
        }
        expect(messages.verify(Buffer.from(wire))).to.equal(undefined);
        expect(messages).to.include({ sent, echoed: sent, count: 0 });
      }),
    );
  });

  it('sends frames of the sizes that were asked for, and no two alike', () => {
    const messages = inFlight({ min: 8, max: 40, window: 10_000 });
    const batch = new FrameParser(40).feed(copy(messages.add(5000, 0)))!;
    const payloads = [...batch].map((payload) => payload.toString('latin1'));
    expect(payloads).to.have.length(5000);
    expect(new Set(payloads)).to.have.length(5000);
    expect(Math.min(...payloads.map(({ length }) => length))).to.equal(8);
    expect(Math.max(...payloads.map(({ length }) => length))).to.equal(40);
  });

  it('keeps messages unique when their buffers are used again', () => {
    const messages = inFlight({ min: 64, max: 64, window: 3 });
    const seen = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const wire = copy(messages.add(3, 0));
      for (const payload of new FrameParser(64).feed(Buffer.from(wire))!) seen.add(payload.toString('latin1'));
      messages.verify(Buffer.from(wire));
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
          const messages = inFlight({ min: 20, max: 20 });
          const wire = copy(messages.add(9, 0));
          const lie = Buffer.from(wire);
          lie[place]! ^= flip;
          const chunks = Array.from({ length: Math.ceil(lie.length / cut) }, (_, i) =>
            lie.subarray(i * cut, (i + 1) * cut),
          );
          const differences = chunks
            .map((chunk) => messages.verify(chunk))
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
    const messages = inFlight({ min: 20, max: 20 });
    const lie = copy(messages.add(5, 0));
    const changed = Buffer.from(lie);
    changed[3 * 24 + 10]! ^= 1;
    messages.verify(changed);
    expect(messages.echoed).to.equal(3);
    expect(messages.partial).to.deep.equal({ have: 10, need: 24 });
  });

  it('tells of bytes that nothing was sent for', () => {
    const messages = inFlight({ min: 4, max: 4 });
    const wire = Buffer.from(copy(messages.add(2, 0)));
    const surplus = messages.verify(Buffer.concat([wire, Buffer.from('xyz')]));
    expect(surplus).to.include({ kind: 'surplus', message: 2, bytes: 3 });
    expect(messages.echoed).to.equal(2);
    expect(inFlight({ min: 4, max: 4 }).verify(Buffer.from('x'))).to.include({ kind: 'surplus', message: 0, bytes: 1 });
  });

  it('says how much of the reply came that is under way', () => {
    const messages = inFlight({ min: 6, max: 6 });
    const wire = Buffer.from(copy(messages.add(2, 0)));
    expect(messages.partial).to.deep.equal({ have: 0, need: 0 });
    messages.verify(wire.subarray(0, 13));
    expect(messages.partial).to.deep.equal({ have: 3, need: 10 });
  });

  it('handles messages of no bytes, and of more than a segment', () => {
    const empty = inFlight({ min: 0, max: 0 });
    expect(empty.verify(Buffer.from(copy(empty.add(100, 0))))).to.equal(undefined);
    expect(empty.echoed).to.equal(100);
    const large = inFlight({ min: 1_000_000, max: 1_000_000 });
    const wire = copy(large.add(3, 0));
    expect(wire).to.have.length(3_000_012);
    expect(large.verify(Buffer.from(wire))).to.equal(undefined);
    expect(large.echoed).to.equal(3);
  });

  it('remembers when each message was due', () => {
    const messages = inFlight({ min: 1, max: 1 });
    messages.add(3, 100, 10);
    messages.add(2, 500);
    const times: [number, number][] = [];
    const take = (count: number): void => messages.times.take(count, (at, many) => times.push([at, many]));
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
