import { expect } from 'chai';
import { type Activity, IdleClock } from '../../lib/server/idle-clock';

const quiet: Activity = { receivedAt: 0, frameStartedAt: undefined, sendMark: undefined };

describe('IdleClock', () => {
  it('lets a client be silent for just under the limit, and not for longer', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    expect(clock.observe(999, quiet)).to.equal(1);
    expect(clock.observe(1000, quiet)).to.equal('recv_timeout');
  });

  it('counts from the last byte received', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    expect(clock.observe(1500, { ...quiet, receivedAt: 900 })).to.be.a('number');
    expect(clock.observe(1900, { ...quiet, receivedAt: 900 })).to.equal('recv_timeout');
  });

  it('looks often enough to see progress within the limit', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    expect(clock.observe(0, quiet)).to.equal(250);
  });

  it('never cuts a client that takes a little now and then, however long nothing is received', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    for (let now = 900; now < 100_000; now += 900) {
      expect(clock.observe(now, { ...quiet, sendMark: String(now) })).to.be.a('number');
    }
  });

  it('cuts a client that takes nothing, with send_timeout', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    clock.observe(250, { ...quiet, sendMark: 'same' });
    expect(clock.observe(1249, { ...quiet, sendMark: 'same' })).to.be.a('number');
    expect(clock.observe(1250, { ...quiet, sendMark: 'same' })).to.equal('send_timeout');
  });

  it('counts the last of the waiting data that was taken as progress', () => {
    const clock = new IdleClock({ idle: 1000, frame: 0 }, 0);
    clock.observe(900, { ...quiet, sendMark: 'some' });
    expect(clock.observe(1800, quiet)).to.be.a('number');
    expect(clock.observe(2800, quiet)).to.equal('recv_timeout');
  });

  it('ends a frame that trickles in, which the idle limit never sees', () => {
    const clock = new IdleClock({ idle: 1000, frame: 3000 }, 0);
    for (let now = 0; now < 3100; now += 100) {
      expect(clock.observe(now, { ...quiet, receivedAt: now, frameStartedAt: 100 })).to.be.a('number');
    }
    expect(clock.observe(3100, { ...quiet, receivedAt: 3100, frameStartedAt: 100 })).to.equal('frame_timeout');
  });

  it('does not count against a frame the time in which its sender was not read from', () => {
    const clock = new IdleClock({ idle: 0, frame: 3000 }, 0);
    for (let now = 0; now <= 10_000; now += 500) {
      expect(clock.observe(now, { ...quiet, frameStartedAt: 0, sendMark: 'waiting' })).to.be.a('number');
    }
    expect(clock.observe(12_999, { ...quiet, frameStartedAt: 0 })).to.be.a('number');
    expect(clock.observe(13_000, { ...quiet, frameStartedAt: 0 })).to.equal('frame_timeout');
  });

  it('never fires where both limits are off', () => {
    const clock = new IdleClock({ idle: 0, frame: 0 }, 0);
    expect(clock.observe(1e9, { ...quiet, frameStartedAt: 1 })).to.be.a('number');
  });
});
