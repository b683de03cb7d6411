import { expect } from 'chai';
import { generatorLimit } from '../../../lib/load/report/generator-limit';

describe('generatorLimit', () => {
  const calm = { cpu_percent: 50, loop_delay_ms: { avg: 0, p99: 1, max: 5 } };
  const busy = { ...calm, loop_delay_ms: { avg: 5, p99: 40, max: 120 } };
  const run = { ok: 1000, durationMs: 5000, rtt: { p99: 10, max: 200 }, exhausted: 0 };

  it('has nothing to say of a calm process', () => expect(generatorLimit(calm, run)).to.equal(null));

  it('tells of a core that is used up', () => {
    expect(generatorLimit({ ...calm, cpu_percent: 98 }, run)).to.match(
      /itself may have been the limit.*98 % of a core/,
    );
  });

  it('does not hold it against an open loop that it waits busily, but that it is late', () => {
    expect(generatorLimit({ ...calm, cpu_percent: 100 }, { ...run, lateness: { p99: 0.2, max: 1 } })).to.equal(null);
    const late = { ...run, lateness: { p99: 3, max: 9 } };
    expect(generatorLimit(calm, late)).to.match(/it sent late: p99 3\.0 ms, max 9\.0 ms/);
  });

  it('tells of delays of its own', () => {
    expect(generatorLimit(busy, run)).to.match(/its event loop stood still for up to 120 ms/);
  });

  it('has nothing to say where it is too little to show in the latencies', () => {
    const hot = { ...busy, cpu_percent: 100 };
    expect(generatorLimit(hot, { ...run, ok: 0, rtt: { p99: null, max: null } })).to.equal(null); // a dead server
    expect(generatorLimit(hot, { ...run, ok: 1, durationMs: 30 })).to.equal(null); // one message: it was just starting
    expect(generatorLimit(busy, { ...run, rtt: { p99: 2000, max: 5000 } })).to.equal(null); // a server that is far slower
    expect(generatorLimit(calm, { ...run, rtt: { p99: 900, max: 900 }, lateness: { p99: 3, max: 9 } })).to.equal(null);
  });

  it('takes upon itself the connections for which it had nothing left', () => {
    expect(generatorLimit(calm, { ...run, ok: 0, exhausted: 3 })).to.match(/had no ports, descriptors or memory left/);
  });
});
