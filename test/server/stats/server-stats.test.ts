import { expect } from 'chai';
import { EventLoopLag } from '../../../lib/server/stats/event-loop-lag';
import { sum, zeroStats } from '../../../lib/server/stats/server-stats';

describe('ServerStats', () => {
  it('are added number by number, however deep they stand', () => {
    expect(sum({ a: 1, b: { c: 2, d: { e: 3 } } }, { a: 10, b: { c: 20, d: { e: 30 } } })).to.deep.equal({
      a: 11,
      b: { c: 22, d: { e: 33 } },
    });
    expect(sum(zeroStats, zeroStats)).to.deep.equal(zeroStats);
  });

  it('survive the way from one process to another', () => {
    expect(JSON.parse(JSON.stringify(zeroStats))).to.deep.equal(zeroStats);
  });
});

describe('EventLoopLag', () => {
  it('puts each lag in the first bucket that holds it', () => {
    const lag = new EventLoopLag();
    for (const seconds of [0, 0.001, 0.0011, 3, 11]) lag.observe(seconds);
    const { buckets, seconds } = lag.read();
    expect(buckets).to.include({ '0.001': 2, '0.005': 1, '2.5': 0, '5': 1, '10': 0, '+Inf': 1 });
    expect(seconds).to.be.closeTo(14.0021, 1e-9);
  });
});
