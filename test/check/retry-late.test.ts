import { expect } from 'chai';
import { allCases, type Target, type Verdict } from '../../lib/check';
import { retryLate } from '../../lib/check/retry-late';
import { ReferenceServer } from '../fixtures/reference-server';

const check = allCases.find(({ id }) => id === 'framing/2.1')!;
const failed = (durationMs: number): Verdict => ({
  case: check,
  status: 'failed',
  durationMs,
  failure: { got: 'nothing for 5 s', likely: '' },
});

describe('a second try', () => {
  let server: ReferenceServer;
  let target: Target;

  beforeEach(async () => {
    server = await ReferenceServer.start();
    target = { host: '127.0.0.1', port: server.port };
  });
  afterEach(() => server.end());

  it('is given to a case that failed by the clock, and told of where it passes', async () => {
    const [verdict] = await retryLate([failed(5100)], target);
    expect(verdict).to.include({ status: 'passed', reason: 'at the second try; at the first: nothing for 5 s' });
  });

  it('is not given to a case that failed sooner: its answer was wrong', async () => {
    const first = failed(300);
    expect(await retryLate([first], target)).to.deep.equal([first]);
  });

  it('counts the idle timeout of the server as a clock, too', async () => {
    const [verdict] = await retryLate([failed(1700)], { ...target, serverTimeout: 2 });
    expect(verdict?.status).to.equal('passed');
  });

  it('that fails again changes nothing', async () => {
    server.end();
    const first = failed(5100);
    expect(await retryLate([first], target)).to.deep.equal([first]);
  });
});
