import { expect } from 'chai';
import { messageSizes } from '../../lib/load/message-sizes';

describe('messageSizes', () => {
  it('draws every size between the ends, the same sequence each time', () => {
    const draw = (): number[] => Array.from({ length: 2000 }, messageSizes({ min: 10, max: 19 }));
    expect(new Set(draw())).to.have.length(10);
    expect(draw()).to.deep.equal(draw());
  });
});
