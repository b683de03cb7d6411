import { expect } from 'chai';
import { formatBytes, formatDuration, formatRate, plural } from '../../lib/text/quantities';

describe('quantities', () => {
  it('keep three significant digits, and all digits before the point', () => {
    expect([0.25, 12.345, 99.96, 27078.4].map(formatRate)).to.deep.equal(['0.25', '12.3', '100', '27078']);
  });

  it('change the unit where three digits no longer suffice', () => {
    expect([0, 999, 1000, 5440, 999_600, 4.92e8, 2e15].map(formatBytes)).to.deep.equal(
      ['0 B', '999 B', '1 kB', '5.44 kB', '1 MB', '492 MB', '2000 TB'],
    ); // prettier-ignore
    expect([0.4, 250, 999.4, 999.5, 9980].map(formatDuration)).to.deep.equal(
      ['0 ms', '250 ms', '999 ms', '1 s', '9.98 s'],
    ); // prettier-ignore
  });

  it('are plural, but for one', () => {
    expect([0, 1, 2].map((count) => plural(count, 'client'))).to.deep.equal(['0 clients', '1 client', '2 clients']);
  });
});
