import { expect } from 'chai';
import fc from 'fast-check';
import { FrameBatch } from '../../lib/framing';
import { payloads, wireOf } from './arbitraries';

describe('FrameBatch', () => {
  it('holds the payloads that it was made of, and their wire bytes', () => {
    fc.assert(
      fc.property(payloads(), (sent) => {
        const batch = FrameBatch.of(...sent);
        expect([...batch]).to.deep.equal(sent);
        expect(batch.count).to.equal(sent.length);
        expect(Buffer.concat(batch.pieces)).to.deep.equal(wireOf(sent));
        expect(batch.byteLength).to.equal(wireOf(sent).length);
      }),
    );
  });

  it('takes strings as UTF-8 and any view of bytes', () => {
    const words = new Uint16Array([1, 2, 3]);
    const view = new Uint8Array(words.buffer, 2, 4);
    const batch = FrameBatch.of('é', view, '');
    expect([...batch].map((payload) => payload.toString('hex'))).to.deep.equal(['c3a9', '02000300', '']);
  });

  it('copies no bytes that it is given, and has no piece for an empty payload', () => {
    const [buffer, view] = [Buffer.from('ab'), new Uint8Array([1, 2])];
    const { pieces } = FrameBatch.of(buffer, view, '');
    expect(pieces).to.have.length(5);
    expect(pieces[1]).to.equal(buffer);
    expect(pieces[3]!.buffer).to.equal(view.buffer);
  });

  it('yields a view of a payload that lies in one piece, up to its end, and a copy of one that does not', () => {
    const wire = Buffer.alloc(14, wireOf([Buffer.from('abc'), Buffer.from('def')])); // outside of Node's pool
    const isView = (batch: FrameBatch): boolean[] => [...batch].map(({ buffer }) => buffer === wire.buffer);
    expect(isView(new FrameBatch([wire], 2, 14))).to.deep.equal([true, true]);
    expect(isView(new FrameBatch([wire.subarray(0, 6), wire.subarray(6)], 2, 14))).to.deep.equal([false, true]);
  });

  it('throws where it holds fewer bytes than its frames need', () => {
    const short = new FrameBatch([wireOf([Buffer.from('abc')]).subarray(0, 6)], 1, 6);
    expect(() => [...short]).to.throw(RangeError, 'a FrameBatch holds fewer bytes than its frames need');
  });

  it('can be iterated again', () => {
    const batch = FrameBatch.of('a', 'b');
    expect([...batch]).to.deep.equal([...batch]);
  });
});
