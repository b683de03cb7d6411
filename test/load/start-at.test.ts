import { expect } from 'chai';
import { RunError } from '../../lib/errors/run-error';
import { parseStartAt } from '../../lib/load/start-at';

describe('parseStartAt', () => {
  const now = Date.parse('2030-01-31T12:00:00Z');

  it('reads a time with its zone, and seconds from now', () => {
    expect(parseStartAt('2030-01-31T12:00:10Z', now)).to.equal(now + 10_000);
    expect(parseStartAt('2030-01-31T13:00:10.5+01:00', now)).to.equal(now + 10_500);
    expect(parseStartAt('2030-01-31T12:01Z', now)).to.equal(now + 60_000);
    expect(parseStartAt('2030-01-31T12:00:00.25Z', now)).to.equal(now + 250);
    expect(parseStartAt('+10s', now)).to.equal(now + 10_000);
    expect(parseStartAt('+1.5', now)).to.equal(now + 1500);
    expect(parseStartAt('2030-01-31T11:59:00Z', now), 'one that has passed').to.equal(now - 60_000);
  });

  it('reads a time up to the longest timer, and says why it refuses one past it', () => {
    expect(parseStartAt('+2147483.647s', now)).to.equal(now + 2_147_483_647);
    expect(() => parseStartAt('+2147484s', now)).to.throw(
      RunError,
      /^--start-at \+2147484s: is more than 24 days from now$/,
    );
  });

  it('says what a time must look like', () =>
    expect(() => parseStartAt('noon', now)).to.throw(
      RunError,
      '--start-at noon: must be a time with its zone, such as 2030-01-31T12:00:00Z, or seconds from now, such as +10s',
    ));

  for (const text of [
    '',
    'soon',
    '10s',
    '+x',
    '++10s',
    '+-10s',
    '2030-01-31',
    '2030-01-31T12:00:00',
    'x2030-01-31T12:00:00Z',
    '2030-01-31T12:00:00Zx',
    '2030-01-31T12:00:00.Z',
    '2030-01-31T12:00:00+1:00',
    '2030-13-31T12:00:00Z',
    '+30000h',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(() => parseStartAt(text, now))
        .to.throw(RunError, /^--start-at/)
        .with.property('exit', 'usage'));
  }
});
