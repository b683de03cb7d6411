import { expect } from 'chai';
import { allCases } from '../../lib/check';
import { groupOf } from '../../lib/check/case';
import { selectCases } from '../../lib/check/select';
import { RunError } from '../../lib/errors/run-error';

describe('selectCases', () => {
  it('selects by id, number or group, in the order of the cases', () => {
    const ids = (...names: string[]): string[] => selectCases(allCases, names).map(({ id }) => id);
    expect(ids()).to.have.length(allCases.length);
    expect(ids('stream/3.1', '2.6')).to.deep.equal(['framing/2.6', 'stream/3.1']);
    expect(ids('limits')).to.have.length(allCases.filter((check) => groupOf(check) === 'limits').length);
    expect(ids('limits', 'limits/4.1')).to.deep.equal(ids('limits'));
  });

  it('refuses an unknown name, with the nearest that exists', () => {
    const refusal = (name: string): Chai.Assertion =>
      expect(() => selectCases(allCases, ['framing', name]))
        .to.throw(RunError)
        .with.property('exit', 'usage');
    refusal('framing/2.99');
    expect(() => selectCases(allCases, ['framing/2.99'])).to.throw(
      /^unknown case or group "framing\/2\.99"; did you mean framing\/2\.\d+\? --list shows all$/,
    );
    expect(() => selectCases(allCases, ['timeout'])).to.throw(
      'unknown case or group "timeout"; did you mean timeouts? --list shows all',
    );
    expect(() => selectCases(allCases, ['?'])).to.throw('unknown case or group "?"; --list shows all');
  });
});
