import { expect } from 'chai';
import fc from 'fast-check';
import { Latencies } from '../../../lib/load/measure/latencies';
import { Measurement } from '../../../lib/load/measure/measurement';
import { Timeline } from '../../../lib/load/measure/timeline';

describe('Latencies', () => {
  it('gives percentiles within a thousandth of the exact ones', () => {
    const values = fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(50, 90, 99, 99.9, 99.99, 100), (all, percent) => {
        const latencies = new Latencies();
        all.forEach((ms) => latencies.record(ms));
        const exact = all.sort((a, b) => a - b)[Math.ceil((percent / 100) * all.length - 1e-9) - 1]!;
        expect(latencies.percentile(percent)).to.be.closeTo(exact, exact / 1000 + 0.0002);
      }),
    );
  });

  it('has nothing to say of nothing', () => {
    const { min, avg, stddev, p50, max } = new Latencies().summary();
    expect({ min, avg, stddev, p50, max }).to.deep.equal({ min: null, avg: null, stddev: null, p50: null, max: null });
    expect(new Latencies().distribution()).to.deep.equal([]);
  });

  it('counts a value that stands for many', () => {
    const latencies = new Latencies();
    latencies.record(1, 99);
    latencies.record(2);
    expect(latencies.summary()).to.include({ min: 1, max: 2, avg: 1.01 });
    expect(latencies.percentile(99)).to.be.closeTo(1, 0.001);
    expect(latencies.count).to.equal(100);
  });

  it('adds up histograms of different ranges', () => {
    const [short, long] = [new Latencies(2), new Latencies(2)];
    short.record(0.05);
    long.record(60_000);
    short.add(long);
    expect(short.summary()).to.include({ min: 0.05, max: 60_000 });
    expect(short.count).to.equal(2);
  });

  it('are the same stored, read and merged, however they were split', () => {
    const values = fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(4)), { maxLength: 200 });
    fc.assert(
      fc.property(values, (all) => {
        const whole = new Latencies();
        const parts = Array.from({ length: 5 }, () => new Latencies());
        for (const [ms, part] of all) {
          whole.record(ms);
          parts[part]!.record(ms);
        }
        const merged = new Latencies();
        for (const part of parts) merged.add(Latencies.from(part.stored()));
        expect({ ...merged.stored(), hdr: '' }).to.deep.equal({ ...whole.stored(), hdr: '' });
        expect(merged.summary()).to.deep.equal(whole.summary());
        expect(merged.distribution()).to.deep.equal(whole.distribution());
        expect(merged.bars()).to.deep.equal(whole.bars());
        for (let percent = 0; percent <= 100; percent += 0.5)
          expect(merged.percentile(percent)).to.equal(whole.percentile(percent));
      }),
    );
  });

  it('are not read where they are damaged', () => {
    const latencies = new Latencies();
    latencies.record(1, 3);
    const stored = latencies.stored();
    expect(() => Latencies.from({ ...stored, hdr: stored.hdr.slice(8) })).to.throw(TypeError, 'cannot be decoded');
    expect(() => Latencies.from({ ...stored, count: 4 })).to.throw(TypeError, 'a histogram of 3 values, not of 4');
  });

  it('draws a distribution that ends at the slowest of all', () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 1000; ms++) latencies.record(ms);
    const points = latencies.distribution();
    expect(points.at(-1)).to.deep.equal([100, 1000]);
    expect(points.map(([percent]) => percent)).to.deep.equal(points.map(([percent]) => percent).sort((a, b) => a - b));
  });
});

describe('the bars of a histogram', () => {
  it('count every value once, lie side by side, and are never too many to see', () => {
    const values = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, (all) => {
        const latencies = new Latencies();
        all.forEach((ms) => latencies.record(ms));
        const bars = latencies.bars();
        expect(bars.reduce((sum, [, , count]) => sum + count, 0)).to.equal(all.length);
        expect(bars.length).to.be.within(1, 60);
        bars.slice(1).forEach(([from], index) => expect(from).to.equal(bars[index]![1]));
        expect(bars[0]![0]).to.be.at.most(Math.max(Math.min(...all) + 0.00005, 0.0001) * 1.001);
        expect(bars.at(-1)![1]).to.be.at.least((Math.max(...all) - 0.00005) * 0.999); // each is rounded to 0.1 µs
      }),
    );
  });

  it('are none where nothing was recorded', () => expect(new Latencies().bars()).to.deep.equal([]));
});

describe('Timeline', () => {
  it('keeps a bounded number of intervals, and every reply and error in them', () => {
    const timeline = new Timeline(0);
    for (let second = 0; second < 3600; second++) timeline.ok(second * 1000, second % 7, 2);
    timeline.error(1_800_000);
    const { points, interval_ms } = timeline.stored();
    expect(points.length).to.be.within(100, 240);
    expect(points.reduce((sum, { ok }) => sum + ok, 0)).to.equal(7200);
    expect(points.find(({ errors }) => errors > 0)?.t).to.be.closeTo(1_800_000, interval_ms);
  });

  it('shows a stall as intervals without a reply', () => {
    const timeline = new Timeline(0);
    timeline.ok(10, 1, 1);
    timeline.ok(510, 500, 1);
    const { points } = timeline.stored();
    expect(points).to.have.length(26); // sparse: of 20 ms each, not 10
    expect(points.filter(({ ok }) => ok === 0)).to.have.length(24);
    expect(points[3]).to.deep.equal({ t: 60, ok: 0, errors: 0, p50: null, p99: null, max: null, rtt: null });
    expect(points.at(-1)).to.include({ t: 500, ok: 1, max: 500 });
  });
});

describe('Measurement', () => {
  it('counts messages as warm-up or measured by when they were due, not by when they came back', () => {
    const measurement = new Measurement(1000);
    expect(measurement.countSent(980, 10, 5)).to.equal(3);
    expect(measurement.countSent(900, 0, 4)).to.equal(0);
    expect(measurement.countSent(1000, 0, 4)).to.equal(4);
    expect(measurement.countOk(999, 1500, 2)).to.equal(false);
    expect(measurement.countOk(1000, 1500, 3)).to.equal(true);
    expect(measurement).to.deep.include({ sent: 7, ok: 3, warmup: { sent: 6, ok: 2 } });
    expect(measurement.rtt.summary()).to.include({ min: 500, max: 500 });
  });

  it('groups errors by event, with the first of each in words', () => {
    const measurement = new Measurement(0);
    measurement.countError('client_reset', 'first');
    measurement.countError('recv_timeout', 'another');
    measurement.countError('client_reset', 'second');
    expect(measurement.errors).to.deep.equal([
      { event: 'client_reset', count: 2, first: 'first' },
      { event: 'recv_timeout', count: 1, first: 'another' },
    ]);
  });
});
