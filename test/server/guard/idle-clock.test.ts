import { expect } from 'chai';
import { type Activity, IdleClock, type IdleEvent, type IdleLimits } from '../../../lib/server/guard/idle-clock';

const quiet: Activity = {
  receivedAt: 0,
  frameStartedAt: undefined,
  sending: { waits: false, mark: undefined },
  isWorking: false,
};
const waiting = (mark: string): Activity['sending'] => ({ waits: true, mark });

/** Looks whenever it is due, up to `until`: which limit passed, and when. */
function watch(
  limits: IdleLimits,
  activity: (now: number) => Activity,
  until = 100_000,
): { event: IdleEvent; at: number } | 'never' {
  const clock = new IdleClock(limits, 0);
  for (let now = 0; now <= until;) {
    const verdict = clock.observe(now, activity(now));
    if (typeof verdict !== 'number') return { event: verdict, at: now };
    now += verdict;
  }
  return 'never';
}

describe('IdleClock', () => {
  const idle: IdleLimits = { idle: 1000, frame: 0 };

  it('ends a silent client when the limit has passed, to the millisecond', () => {
    expect(watch(idle, () => quiet)).to.deep.equal({ event: 'recv_timeout', at: 1000 });
  });

  it('counts from the last byte received', () => {
    expect(watch(idle, (now) => ({ ...quiet, receivedAt: Math.min(now, 917) }))).to.deep.equal({
      event: 'recv_timeout',
      at: 1917,
    });
  });

  it('looks four times within the limit', () => {
    expect(new IdleClock(idle, 0).observe(0, quiet)).to.equal(250);
  });

  it('looks four times within the shorter limit, and at least once a second', () => {
    expect(new IdleClock({ idle: 1000, frame: 400 }, 0).observe(0, quiet)).to.equal(100);
    expect(new IdleClock({ idle: 60_000, frame: 30_000 }, 0).observe(0, quiet)).to.equal(1000);
  });

  it('never cuts a client that takes a little now and then, however long nothing is received', () => {
    const takesEvery900 = (now: number): Activity => ({ ...quiet, sending: waiting(String(Math.floor(now / 900))) });
    expect(watch(idle, takesEvery900)).to.equal('never');
  });

  it('cuts a client that takes nothing, with send_timeout', () => {
    const takesNothing = (now: number): Activity => (now < 200 ? quiet : { ...quiet, sending: waiting('same') });
    expect(watch(idle, takesNothing)).to.deep.equal({ event: 'send_timeout', at: 1250 });
  });

  it('counts the last of the waiting data that was taken as progress', () => {
    const takesAllAt700 = (now: number): Activity => (now < 700 ? { ...quiet, sending: waiting('some') } : quiet);
    expect(watch(idle, takesAllAt700)).to.deep.equal({ event: 'recv_timeout', at: 1750 });
  });

  it('ends a frame that trickles in, which the idle limit never sees', () => {
    const trickles = (now: number): Activity => ({ ...quiet, receivedAt: now, frameStartedAt: 100 });
    expect(watch({ idle: 1000, frame: 3000 }, trickles)).to.deep.equal({ event: 'frame_timeout', at: 3100 });
  });

  it('does not count against a frame the time in which its sender was not read from', () => {
    const heldBack = (now: number): Activity => ({
      ...quiet,
      frameStartedAt: 0,
      sending: now <= 9000 ? waiting('same') : quiet.sending,
    });
    expect(watch({ idle: 0, frame: 3000 }, heldBack)).to.deep.equal({ event: 'frame_timeout', at: 12_000 });
  });

  it('counts what a peer reads of its own buffers as progress, and calls one that reads none of them silent', () => {
    const reads = (now: number): Activity => ({
      ...quiet,
      sending: { waits: false, mark: String(Math.floor(now / 900)) },
    });
    expect(watch(idle, reads)).to.equal('never');
    const readsNothing: Activity = { ...quiet, sending: { waits: false, mark: 'same' } };
    expect(watch(idle, () => readsNothing)).to.deep.equal({ event: 'recv_timeout', at: 1000 });
  });

  it('takes what was not looked at for no progress, and for none that is missing', () => {
    const looks = [waiting('a'), undefined, waiting('a'), undefined];
    const seldom = (now: number): Activity => ({ ...quiet, sending: looks[(now / 250) % looks.length] });
    expect(watch(idle, seldom)).to.deep.equal({ event: 'send_timeout', at: 1000 });
  });

  it('does not count the time in which a request is worked on', () => {
    const works = (now: number): Activity => ({ ...quiet, frameStartedAt: 0, isWorking: now <= 4500 });
    expect(watch(idle, works)).to.deep.equal({ event: 'recv_timeout', at: 5500 });
    expect(watch({ idle: 0, frame: 3000 }, works)).to.deep.equal({ event: 'frame_timeout', at: 7500 });
  });

  it('cuts a client that takes nothing, also while a request of its is worked on', () => {
    const stuck: Activity = { ...quiet, sending: waiting('same'), isWorking: true };
    expect(watch(idle, () => stuck)).to.deep.equal({ event: 'send_timeout', at: 1000 });
  });

  it('starts anew where this process stood still: nobody could be heard meanwhile', () => {
    const clock = new IdleClock({ idle: 1000, frame: 2000 }, 0);
    expect(clock.observe(100, quiet)).to.equal(250);
    expect(clock.observe(9000, { ...quiet, frameStartedAt: 50 })).to.equal(250);
    for (let now = 9250; now < 10_000; now += 250) expect(clock.observe(now, quiet)).to.equal(250);
    expect(clock.observe(10_000, quiet)).to.equal('recv_timeout');
  });

  it('takes its first check, which comes an interval after it was made, for no late one', () => {
    const clock = new IdleClock(idle, 0);
    for (let now = 250; now < 1000; now += 250) expect(clock.observe(now, quiet)).to.equal(250);
    expect(clock.observe(1000, quiet)).to.equal('recv_timeout');
  });

  for (const [limit, late] of [
    [1000, 250], // as the interval
    [400, 250], // more than the interval
    [6000, 1000], // as the interval
  ] as const) {
    it(`goes on where a check of a limit of ${limit} comes ${late} ms late: it is only busy`, () => {
      const clock = new IdleClock({ idle: limit, frame: 0 }, 0);
      for (let now = clock.interval + late; now < limit; now += clock.interval) {
        expect(clock.observe(now, quiet)).to.be.a('number');
      }
      expect(clock.observe(limit, quiet)).to.equal('recv_timeout');
    });
  }

  it('never fires where both limits are off', () => {
    const clock = new IdleClock({ idle: 0, frame: 0 }, 0);
    expect(clock.observe(1e9, { ...quiet, frameStartedAt: 1 })).to.be.a('number');
  });
});
