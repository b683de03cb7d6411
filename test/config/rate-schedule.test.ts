import { expect } from 'chai';
import fc from 'fast-check';
import { rateSchedule } from '../../lib/config/rate-schedule';

describe('rateSchedule', () => {
  it('reads a rate as one stage without an end', () => {
    for (const value of [5000, '5000', '5k'])
      expect(rateSchedule(value)).to.deep.equal([{ from: 5000, to: 5000, seconds: Infinity }]);
  });

  it('reads steps and ramps, with the units of rates and times', () => {
    expect(rateSchedule('1k@30s, 1k..20k@2m,0@500ms,20000@1')).to.deep.equal([
      { from: 1000, to: 1000, seconds: 30 },
      { from: 1000, to: 20_000, seconds: 120 },
      { from: 0, to: 0, seconds: 0.5 },
      { from: 20_000, to: 20_000, seconds: 1 },
    ]);
  });

  it('reads again what it is written as', () => {
    const rate = fc.double({ min: 0, max: 1e9, noNaN: true });
    const seconds = fc.double({ min: 0.001, max: 1e5, noNaN: true });
    const stage = fc.record({ from: rate, to: rate, seconds });
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 5 }), (stages) => {
        const text = stages.map(({ from, to, seconds: length }) => `${from}..${to}@${length}s`).join(',');
        expect(rateSchedule(text)).to.deep.equal(
          stages.map(({ from, to, seconds: length }) => ({ from: from + 0, to: to + 0, seconds: length })),
        );
      }),
    );
  });

  const wrong = ['', 'fast', '-1', '1k@', '@1s', '1k@0s', '1k,2k', '1k@1s,2k', '1k..@1s', '..1k@1s', '1..2..3@1s', '1k@1s@2s', '1k@-1s', '2e9@1s', '1k@1q', null, {}, NaN, Infinity]; // prettier-ignore
  for (const value of wrong) {
    it(`reads nothing else: ${JSON.stringify(value)}`, () => expect(rateSchedule(value)).to.equal(undefined));
  }

  it('takes any text without an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('0123456789.k@,sm-e ')) }),
        (text) => void rateSchedule(text),
      ),
    );
  });
});
