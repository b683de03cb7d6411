import { expect } from 'chai';
import fc from 'fast-check';
import { rateSchedule } from '../../lib/config/rate-schedule';
import { Schedule } from '../../lib/load/schedule';
import { takenOf } from '../../lib/load/share';

const scheduleOf = (text: string, warmupMs = 0): Schedule => new Schedule(rateSchedule(text)!, warmupMs);

const rate = fc.integer({ min: 0, max: 2000 });
const stages = fc
  .array(fc.record({ from: rate, to: rate, seconds: fc.integer({ min: 1, max: 8 }).map((n) => n / 4) }), {
    minLength: 1,
    maxLength: 5,
  })
  .filter((all) => all.some(({ from, to }) => from + to > 0));

describe('Schedule', () => {
  it('has a single rate due evenly, from the start on', () => {
    const schedule = scheduleOf('250');
    expect([0, 1, 2, 1000].map((index) => schedule.dueAt(index))).to.deep.equal([0, 4, 8, 4000]);
    expect(schedule.countAt(0)).to.equal(1);
    expect(schedule.countAt(3.9)).to.equal(1);
    expect(schedule.countAt(4)).to.equal(2);
    expect(schedule.countBefore(4)).to.equal(1);
    expect(schedule.stages).to.deep.equal([]);
  });

  it('has steps of their lengths and ramps of their mean rate', () => {
    const schedule = scheduleOf('100@1s,100..300@2s,50@1s', 500);
    expect(schedule.countBefore(500)).to.equal(50); // the warm-up, at the first rate
    expect(schedule.countBefore(1500)).to.equal(150);
    expect(schedule.countBefore(3500)).to.equal(550);
    expect(schedule.countBefore(4500)).to.equal(600);
    expect(schedule.stages[0]).to.deep.equal({ from: 100, to: 100, startMs: 500, endMs: 1500 });
    expect(schedule.stages[1]).to.deep.equal({ from: 100, to: 125, startMs: 1500, endMs: 1750 });
    expect(schedule.stages.at(-1)).to.deep.equal({ from: 50, to: 50, startMs: 3500, endMs: 4500 });
  });

  it('measures a ramp in parts that follow each other', () => {
    const parts = scheduleOf('0..1k@10s').stages;
    expect(parts).to.have.length(20);
    expect(parts[0]).to.deep.equal({ from: 0, to: 50, startMs: 0, endMs: 500 });
    expect(parts.at(-1)).to.deep.equal({ from: 950, to: 1000, startMs: 9500, endMs: 10_000 });
    expect(scheduleOf('0..1k@1s').stages).to.have.length(4); // none is shorter than a quarter of a second
    expect(scheduleOf('0..1k@0.5s').stages).to.have.length(2);
    expect(scheduleOf('0..1k@0.499s').stages).to.have.length(1);
    expect(scheduleOf('0..1k@0.1s').stages).to.have.length(1);
  });

  it('sends nothing in a stage without a rate, and goes on after it', () => {
    const schedule = scheduleOf('100@1s,0@1s,100@1s');
    expect(schedule.countAt(1999)).to.equal(100);
    expect(schedule.dueAt(100)).to.equal(2000);
    expect(schedule.countAt(2000)).to.equal(101);
  });

  it('has no message due after its end, nor without a stage', () => {
    const ended = scheduleOf('100@1s,0@1s');
    expect(ended.dueAt(99)).to.equal(990);
    expect(ended.dueAt(100)).to.equal(Infinity);
    expect(ended.countAt(5000)).to.equal(100);
    const empty = new Schedule([]);
    expect(empty.dueAt(0)).to.equal(Infinity);
    expect(empty.countAt(1000)).to.equal(0);
    expect(empty.countBefore(1000)).to.equal(0);
    expect(empty.stages).to.deep.equal([]);
  });

  it('starts a ramp from nothing with its first message, and speeds up', () => {
    const ramp = scheduleOf('0..100@2s');
    expect(ramp.dueAt(0)).to.equal(0);
    expect(ramp.dueAt(25)).to.be.closeTo(1000, 1e-6); // a quarter of the messages in half of the time
    expect(ramp.countBefore(1000)).to.equal(25);
    expect(scheduleOf('100..0@2s').dueAt(75)).to.be.closeTo(1000, 1e-6);
  });

  it('knows the first message of a stage', () => {
    const schedule = scheduleOf('100@1s,200@1s,100@1s', 500);
    expect(schedule.stages.map((stage) => schedule.firstOf(stage))).to.deep.equal([50, 150, 350]);
  });

  it('has messages due in order, each in its time: counts and times agree', () => {
    fc.assert(
      fc.property(stages, fc.constantFrom(0, 300), (all, warmupMs) => {
        const schedule = new Schedule(all, warmupMs);
        const end = warmupMs + all.reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
        const total = schedule.countBefore(end);
        let before = 0;
        for (let index = 0; index < total; index += 1 + Math.floor(total / 200)) {
          const due = schedule.dueAt(index);
          expect(due)
            .to.be.at.least(before)
            .and.at.most(end + 1e-6);
          expect(schedule.countAt(due + 1e-6), 'due by then').to.be.greaterThan(index);
          expect(schedule.countAt(due - 0.01), 'not before').to.be.at.most(index + 1 + Math.ceil(0.01 * 2));
          before = due;
        }
      }),
    );
  });

  it('counts each message in one stage', () => {
    fc.assert(
      fc.property(stages, (all) => {
        const schedule = new Schedule(all);
        const end = all.reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
        const counts = schedule.stages.map(
          ({ startMs, endMs }) => schedule.countBefore(endMs) - schedule.countBefore(startMs),
        );
        const whole = schedule.stages.length === 0 ? schedule.countBefore(end) : counts.reduce((a, b) => a + b, 0);
        expect(whole).to.equal(schedule.countBefore(end));
      }),
    );
  });

  it('is taken by shards in turn, with nothing left out and nothing twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 20 }), (count, of) => {
        const shares = Array.from({ length: of }, (_, index) => takenOf(count, { index, of }));
        expect(shares.reduce((a, b) => a + b, 0)).to.equal(count);
        expect(Math.max(...shares) - Math.min(...shares)).to.be.at.most(1);
      }),
    );
  });
});
