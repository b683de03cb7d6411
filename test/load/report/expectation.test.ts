import { expect } from 'chai';
import { RunError } from '../../../lib/errors/run-error';
import { Latencies } from '../../../lib/load/measure/latencies';
import { formatExpectation, parseExpectation } from '../../../lib/load/report/expectation';
import { reportWith, times } from '../../support/load-report';

const nothing = {
  ...times,
  min: null,
  avg: null,
  stddev: null,
  p50: null,
  p90: null,
  p99: null,
  p999: null,
  p9999: null,
  max: null,
};

/** 20 round trips of 1 to 20 ms; connects of half as long. */
const all = { rtt: new Latencies(), connect: new Latencies() };
for (let n = 1; n <= 20; n++) {
  all.rtt.record(n);
  all.connect.record(n / 2);
}

describe('parseExpectation', () => {
  const conditions: [text: string, holds: boolean][] = [
    ['p99<5ms', true],
    ['  p99<5ms  ', true],
    ['p99<0.4', false],
    ['p99<=0.4', true],
    ['p99<=0.39', false],
    ['p99>0.4', false],
    ['p99>=0.4', true],
    ['p99=0.4', true],
    ['p99=0.41', false],
    ['p99=400us', true],
    ['p99=0.0004s', true],
    ['rate=2000/s', true],
    ['rate=2k', true],
    ['rate=0.002M', true],
    ['ok=0.02k', true],
    ['ok=0.00002M', true],
    ['unsent=0', true],
    ['p99 < 0.4', false],
    ['p99<=400us', true],
    ['max<0.001s', true],
    ['p99.9>0.43ms', true],
    ['rate>=2000', true],
    ['rate>2k', false],
    ['rate>1.5k', true],
    ['errors=0', true],
    ['failed=1', false],
    ['connect.p99<1ms', true],
    ['ok>=20', true],
    ['p95<=19.1ms', true],
    ['p95<18.9ms', false],
    ['p99.95>=20ms', true],
    ['p5<1.1ms', true],
    ['p100=20', true],
    ['connect.p95<9.6ms', true],
  ];
  for (const [text, holds] of conditions) {
    it(`${text} ${holds ? 'holds' : 'does not hold'}`, () => {
      expect(parseExpectation(text)(reportWith(), all).holds).to.equal(holds);
    });
  }

  it('says in one line that it holds, and what it was', () => {
    const result = parseExpectation('errors=0')(reportWith(), all);
    expect(formatExpectation(result)).to.equal('expect errors=0: ok, it was 0');
  });

  it('does not hold without a value to compare', () => {
    const result = parseExpectation('p99<5ms')(reportWith({ rtt_ms: nothing }), all);
    expect(formatExpectation(result)).to.equal('expect p99<5ms: FAILED, it was none');
  });

  it('does not hold without a percentile to compare', () => {
    const result = parseExpectation('p95<5ms')(reportWith(), { rtt: new Latencies(), connect: new Latencies() });
    expect(formatExpectation(result)).to.equal('expect p95<5ms: FAILED, it was none');
  });

  it('counts errors, not kinds of errors', () => {
    const errors = [
      { event: 'client_reset', count: 3, first: '' },
      { event: 'recv_timeout', count: 4, first: '' },
    ] as const;
    expect(parseExpectation('errors=7')(reportWith({ errors }), all).holds).to.equal(true);
  });

  it('gives what was expected, what it was, and its unit', () => {
    const result = { expect: 'rate>=3k', actual: 2000, unit: '/s', holds: false };
    expect(parseExpectation('rate>=3k')(reportWith(), all)).to.deep.equal(result);
    expect(parseExpectation('connect.p95<9.6ms')(reportWith(), all)).to.include({ unit: 'ms', holds: true });
  });

  const known =
    'rate, min, avg, stddev, max, connect.avg, connect.max, handshake.avg, handshake.p99, handshake.max, sent, ok, failed, errors, unsent, and percentiles from p0.001 to p100: p95, p99.9, connect.p99';
  const form = "must be a metric, a comparison and a number: 'p99<5ms', 'rate>10000', 'errors=0'";
  const refused: [text: string, why: string][] = [
    ['p98th<5ms', `unknown metric p98th; known are ${known}`],
    ['p999<5ms', `unknown metric p999; known are ${known}`],
    ['p0<5ms', `unknown metric p0; known are ${known}`],
    ['constructor<5', `unknown metric constructor; known are ${known}`],
    ['p99', form],
    ['p99<', form],
    ['p99<x5', form],
    ['p99<5.', '. is not a unit of p99; use us, ms, s'],
    ['errors!0', form],
    ['!errors=0', form],
    ['toString<5', form],
    ['p99<5ms1', form],
    ['p99<5 apples', 'apples is not a unit of p99; use us, ms, s'],
    ['p99<5 toString', 'toString is not a unit of p99; use us, ms, s'],
    ['rate>5ms', 'ms is not a unit of rate; use /s, k, M'],
    ['ok>5/s', '/s is not a unit of ok; use k, M'],
  ];
  for (const [text, why] of refused) {
    it(`refuses ${text}`, () => {
      expect(() => parseExpectation(text))
        .to.throw(RunError, `--expect ${JSON.stringify(text)}: ${why}`)
        .with.property('exit', 'usage');
    });
  }
});
