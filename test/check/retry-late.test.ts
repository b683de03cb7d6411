import { expect } from 'chai';
import { allCases, type Target, type Verdict } from '../../lib/check';
import { retryLate } from '../../lib/check/retry-late';
import { runCheck } from '../../lib/check/run-case';
import { ReferenceServer } from '../fixtures/reference-server';

const check = allCases.find(({ id }) => id === 'framing/2.1')!;
const failed = (durationMs: number): Verdict => ({
  case: check,
  status: 'failed',
  durationMs,
  failure: { got: 'nothing for 5 s', likely: '' },
});

describe('retryLate', () => {
  let server: ReferenceServer;
  let target: Target;

  const retry = (first: Verdict, promises: Partial<Target> = {}): Promise<Verdict[]> => {
    const told = { ...target, ...promises };
    return retryLate([first], told, { run: (again) => runCheck(again, told) });
  };

  beforeEach(async () => {
    server = await ReferenceServer.start();
    target = { host: '127.0.0.1', port: server.port };
  });
  afterEach(() => server.end());

  it('runs a case again that failed late, and says so if it passes', async () => {
    const [verdict] = await retry(failed(5100));
    expect(verdict).to.include({ status: 'passed', reason: 'when run again; the first time it got nothing for 5 s' });
  });

  it('does not run a case again that failed early: its answer was wrong', async () => {
    const first = failed(300);
    expect(await retry(first)).to.deep.equal([first]);
  });

  it('takes the idle timeout of the server into account', async () => {
    const [verdict] = await retry(failed(1700), { serverTimeout: 2 });
    expect(verdict?.status).to.equal('passed');
  });

  it('keeps the first verdict of a case that fails again', async () => {
    server.end();
    const first = failed(5100);
    expect(await retry(first)).to.deep.equal([first]);
  });
});
