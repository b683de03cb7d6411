import { expect } from 'chai';
import { errorCode } from '../../lib/errors/error-code';
import { RunError } from '../../lib/errors/run-error';

describe('errorCode', () => {
  it('is the code of an error, and of nothing else', () => {
    expect(errorCode(new RunError('usage', 'words', 'ENOENT'))).to.equal('ENOENT');
    expect(errorCode(Object.assign(new Error('words'), { code: 5 }))).to.equal(undefined);
    expect(errorCode({ code: 'ENOENT' })).to.equal(undefined);
  });
});

describe('RunError', () => {
  it('says by its name what it is', () => {
    expect(new RunError('usage', 'words')).to.include({ name: 'RunError', message: 'words', exit: 'usage' });
  });
});
