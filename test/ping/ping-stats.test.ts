import { expect } from 'chai';
import { PingSchedule } from '../../lib/ping/ping-schedule';
import { PingStats } from '../../lib/ping/ping-stats';
import type { PingEvent } from '../../lib/ping/ping-event';
import { jsonPing, textPing } from '../../lib/ping/ping-report';

const reply = (seq: number, ms: number, sentAt = seq * 1000): PingEvent => ({
  type: 'reply',
  at: sentAt + ms,
  sentAt,
  seq,
  bytes: 56,
  ms,
});
const lost = (seq: number, sentAt = seq * 1000, at = sentAt): PingEvent => ({
  type: 'lost',
  at,
  sentAt,
  seq,
  cause: 'no_connection',
  message: 'refused',
});

function statsOf(...events: PingEvent[]): PingStats {
  const stats = new PingStats();
  events.forEach((event) => stats.add(event));
  return stats;
}

describe('PingSchedule', () => {
  it('keeps the interval, however late it is asked', () => {
    const schedule = new PingSchedule(1000, 100);
    expect([1000, 1090, 1299, 1310].map((now) => schedule.next(now))).to.deep.equal([1000, 1100, 1200, 1300]);
    expect(schedule.missed).to.equal(0);
  });

  it('leaves out what it missed and keeps the beat', () => {
    const schedule = new PingSchedule(0, 100);
    schedule.next(0);
    expect(schedule.next(1050)).to.equal(1000);
    expect(schedule.missed).to.equal(9);
    expect(schedule.next(1051)).to.equal(1100);
  });
});

describe('PingStats', () => {
  it('counts replies and losses by cause, with the statistics of ping(8)', () => {
    const stats = statsOf(reply(1, 1), reply(2, 3), lost(3), reply(4, 2));
    expect([stats.sent, stats.received, stats.lostCount]).to.deep.equal([4, 3, 1]);
    const { min, avg, max, stddev } = stats.rtt.summary();
    expect([min, avg, max]).to.deep.equal([1, 2, 3]);
    expect(stddev).to.be.closeTo(Math.sqrt(2 / 3), 0.01);
  });

  it('times an outage from the first lost ping to the next reply', () => {
    const stats = statsOf(reply(1, 1), lost(2), lost(3), reply(4, 5), lost(6));
    expect(stats.outages).to.deep.equal([
      { from: 2000, to: 4005, lost: 2, message: 'refused' },
      { from: 6000, to: undefined, lost: 1, message: 'refused' },
    ]);
    expect(stats.outageTime(7000)).to.equal(2005 + 1000);
  });

  it('does not end an outage by a reply to a ping from before it', () => {
    const stats = statsOf(lost(5), reply(4, 9000), lost(6), reply(7, 1));
    expect(stats.outages).to.deep.equal([{ from: 5000, to: 7001, lost: 2, message: 'refused' }]);
  });

  it('keeps the latest hundred outages, and counts and times all', () => {
    const stats = new PingStats();
    for (let seq = 0; seq < 100_000; seq += 2) {
      stats.add(lost(seq));
      stats.add(reply(seq + 1, 10));
    }
    expect(stats.outages).to.have.length(100);
    expect(stats.outageCount).to.equal(50_000);
    expect(stats.outageTime(0)).to.equal(50_000 * 1010);
    expect(stats.received).to.equal(50_000);
  });

  it('needs the same memory for a million pings', () => {
    const size = (stats: PingStats): number => JSON.stringify(stats).length;
    const stats = statsOf(reply(1, 1));
    const before = size(stats);
    for (let seq = 2; seq < 1_000_000; seq++) stats.add(reply(seq, 1 + (seq % 1000) / 1000));
    expect(size(stats)).to.be.below(before + 100_000);
  });
});

describe('the report of echo-ping', () => {
  const outcome = { connected: true, underWay: 1, missed: 2 };
  const run = { target: 'host:1', outcome, started: 0, ended: 10_000 };

  it('tells in text what is known', () => {
    expect(textPing.summary(statsOf(reply(1, 1), lost(2), lost(3), reply(4, 1)), run).split('\n')).to.deep.equal([
      '--- host:1 echo-ping ---',
      '4 sent, 2 received, 50% loss (2 no connection), time 10 s',
      'rtt min/avg/max/mdev = 1.000/1.000/1.000/0.000 ms, p50 1.000 ms, p99 1.000 ms',
      '1 outage, 2 s in all:',
      '  1970-01-01T00:00:02.000Z to 1970-01-01T00:00:04.001Z, 2 s, 2 lost: refused',
      '1 ping without a result yet',
      '2 pings left out: this process was held up',
    ]);
  });

  it('says nothing of round trips where no reply came', () => {
    expect(textPing.summary(statsOf(lost(1)), run)).to.not.include('rtt');
    expect(JSON.parse(jsonPing.summary(statsOf(lost(1)), run))).to.deep.include({
      sent: 1,
      received: 0,
      loss: 1,
      rtt_ms: { min: null, avg: null, max: null, mdev: null, p50: null, p99: null },
    });
  });
});
