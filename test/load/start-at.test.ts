import { expect } from 'chai';
import { parseStartAt } from '../../lib/load/start-at';

describe('parseStartAt', () => {
  const now = Date.parse('2030-01-31T12:00:00Z');

  it('reads a time with its zone, and seconds from now', () => {
    expect(parseStartAt('2030-01-31T12:00:10Z', now)).to.equal(now + 10_000);
    expect(parseStartAt('2030-01-31T13:00:10.5+01:00', now)).to.equal(now + 10_500);
    expect(parseStartAt('+10s', now)).to.equal(now + 10_000);
    expect(parseStartAt('+1.5', now)).to.equal(now + 1500);
    expect(parseStartAt('2030-01-31T11:59:00Z', now), 'one that has passed').to.equal(now - 60_000);
  });

  for (const text of [
    '',
    'soon',
    '10s',
    '+x',
    '2030-01-31',
    '2030-01-31T12:00:00',
    '2030-13-31T12:00:00Z',
    '+30000h',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseStartAt(text, now)).to.throw(/^--start-at/));
  }
});
