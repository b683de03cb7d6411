import { expect } from 'chai';
import { messageSizes } from '../../lib/load/message-sizes';

describe('messageSizes', () => {
  it('draws a fixed sequence, so that runs can be compared', () => {
    expect(Array.from({ length: 6 }, messageSizes({ min: 0, max: 999 }))).to.deep.equal([316, 875, 483, 5, 899, 974]);
  });

  it('draws one size where there is only one', () => {
    expect(Array.from({ length: 3 }, messageSizes({ min: 7, max: 7 }))).to.deep.equal([7, 7, 7]);
  });

  it('draws every size between the ends, the same sequence each time', () => {
    const draw = (): number[] => Array.from({ length: 2000 }, messageSizes({ min: 10, max: 19 }));
    expect(new Set(draw())).to.have.length(10);
    expect(draw()).to.deep.equal(draw());
  });
});
