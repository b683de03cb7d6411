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

  it('can be iterated again', () => {
    const batch = FrameBatch.of('a', 'b');
    expect([...batch]).to.deep.equal([...batch]);
  });
});
