import { expect } from 'chai';
import { PartialFrame } from '../../lib/framing/partial-frame';

/** Pieces of these lengths, their bytes counted through. */
function pieces(...lengths: number[]): Buffer[] {
  let next = 0;
  return lengths.map((length) => Buffer.from(Array.from({ length }, () => next++ % 251)));
}

function kept(added: readonly Buffer[]): Buffer[] {
  const frame = new PartialFrame();
  for (const piece of added) frame.add(piece);
  return frame.take();
}

const lengths = (buffers: readonly Buffer[]): number[] => buffers.map(({ length }) => length);

describe('PartialFrame', () => {
  it('keeps the order of small and large pieces', () => {
    const added = pieces(3, 2048, 5, 10_000, 7);
    expect(Buffer.concat(kept(added))).to.deep.equal(Buffer.concat(added));
  });

  it('keeps pieces of 2048 bytes and more as they came, and copies shorter ones', () => {
    const [large, small] = pieces(2048, 2047);
    expect(kept([large!])[0]).to.equal(large);
    const [copy] = kept([small!]);
    small!.fill(0);
    expect(copy!.equals(small!)).to.equal(false);
  });

  it('gathers small pieces in buffers that grow with the frame, from 64 bytes to 16 KiB, and fills them', () => {
    const added = Array.from({ length: 50_000 }, (_, i) => Buffer.from([i % 251]));
    const gathered = kept(added);
    expect(Buffer.concat(gathered).equals(Buffer.concat(added))).to.equal(true);
    expect(lengths(gathered)).to.deep.equal([64, 65, 130, 260, 520, 1040, 2080, 4160, 8320, 16_384, 16_384, 593]);
  });

  it('is empty when its pieces were taken', () => {
    const frame = new PartialFrame();
    frame.add(Buffer.from('abc'));
    expect(frame.byteLength).to.equal(3);
    expect(lengths(frame.take())).to.deep.equal([3]);
    expect(frame.byteLength).to.equal(0);
    expect(frame.take()).to.deep.equal([]);
  });
});
