import { closeSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { RunError } from '../../../lib/errors/run-error';
import { LeakCheck } from '../../../lib/load/measure/leak-check';

describe('LeakCheck', () => {
  it('waits for descriptors to be closed before it judges', async () => {
    const leaks = new LeakCheck(process.pid);
    const late = openSync('/dev/null', 'r');
    const finished = leaks.finish(); // has counted once
    closeSync(late);
    const { before, after } = await finished;
    expect(after).to.be.at.most(before);
  });

  it('finds those that stay open, when its patience ends', async () => {
    const leaks = new LeakCheck(process.pid, 100);
    // More than this process may still be closing.
    const leaked = Array.from({ length: 50 }, () => openSync('/dev/null', 'r'));
    const { before, after } = await leaks.finish();
    leaked.forEach(closeSync);
    expect(after).to.be.greaterThan(before);
  });

  it('refuses a process that does not exist', () => {
    expect(() => new LeakCheck(0x7fffffff))
      .to.throw(RunError, /no such process/)
      .with.property('exit', 'usage');
  });
});
