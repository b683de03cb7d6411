import { expect } from 'chai';
import { Drain } from '../../lib/server/drain';

const GRACE_ENDS = 1000;
const quiet = { buffered: 0, unread: 0 };

describe('Drain', () => {
  it('ends at once where nothing came between two looks', () => {
    const drain = new Drain({ read: 5, ...quiet }, GRACE_ENDS);
    expect(drain.remaining(0, { read: 5, ...quiet })).to.equal(undefined);
    expect(drain.remaining(10, { read: 5, ...quiet })).to.equal(0);
  });

  it('takes in what a client goes on sending, until the grace ends, and what has been buffered by then', () => {
    const drain = new Drain({ read: 0, ...quiet }, GRACE_ENDS);
    for (let now = 0; now < GRACE_ENDS; now += 10) {
      expect(drain.remaining(now, { read: now + 1, ...quiet })).to.equal(undefined);
    }
    expect(drain.remaining(GRACE_ENDS, { read: 5000, buffered: 70, unread: 900 })).to.equal(70);
  });

  it('takes in all that had arrived before, however long its sender is held back', () => {
    const drain = new Drain({ read: 100, buffered: 0, unread: 400 }, GRACE_ENDS);
    expect(drain.remaining(0, { read: 100, buffered: 0, unread: 400 })).to.equal(undefined);
    expect(drain.remaining(GRACE_ENDS, { read: 200, buffered: 10, unread: 300 })).to.equal(310);
  });

  it('waits for the grace to end where it is not known what the kernel holds', () => {
    const unknown = { read: 5, buffered: 0, unread: undefined };
    const drain = new Drain(unknown, GRACE_ENDS);
    for (let now = 0; now < GRACE_ENDS; now += 100) expect(drain.remaining(now, unknown)).to.equal(undefined);
    expect(drain.remaining(GRACE_ENDS, unknown)).to.equal(0);
  });
});
