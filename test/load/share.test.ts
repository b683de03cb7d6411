import { expect } from 'chai';
import fc from 'fast-check';
import { RunError } from '../../lib/errors/run-error';
import type { Plan } from '../../lib/load/plan';
import { WHOLE, checkShares, clientShare, parseShard, partOf, shareOf } from '../../lib/load/share';

const refusal = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    expect(error).to.be.instanceOf(RunError).with.property('exit', 'usage');
    return (error as RunError).message;
  }
  throw new Error('it was not refused');
};

describe('parseShard', () => {
  it('reads an index, counted from 0, and a count', () => {
    expect(parseShard('0/1', {})).to.deep.equal(WHOLE).and.to.deep.equal({ index: 0, of: 1 });
    expect(parseShard('0/3', {})).to.deep.equal({ index: 0, of: 3 });
    expect(parseShard('2/3', {})).to.deep.equal({ index: 2, of: 3 });
    expect(parseShard('9999/10000', {})).to.deep.equal({ index: 9999, of: 10_000 });
  });

  it('takes the index that Kubernetes gives a pod of an Indexed Job', () => {
    expect(parseShard('auto/4', { JOB_COMPLETION_INDEX: '3' })).to.deep.equal({ index: 3, of: 4 });
    expect(parseShard('auto/20', { JOB_COMPLETION_INDEX: '12' })).to.deep.equal({ index: 12, of: 20 });
    for (const index of [undefined, '', 'x1', '1x', '1.5']) {
      expect(refusal(() => parseShard('auto/4', { JOB_COMPLETION_INDEX: index }))).to.match(
        /^--shard auto\/4: JOB_COMPLETION_INDEX is not set to a number/,
      );
    }
    expect(refusal(() => parseShard('auto/4', { JOB_COMPLETION_INDEX: '4' }))).to.match(
      /the last of 4 is 3\/4, and this is 4$/,
    );
  });

  for (const text of ['', '3', '1/', '/3', '0/0', '-1/3', '1.5/3', 'x/3', '0/10001', '0/3/4', 'x0/3', '0/3x']) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(refusal(() => parseShard(text, {}))).to.include('must be INDEX/COUNT, counted from 0'));
  }

  it('refuses one past the last', () =>
    expect(refusal(() => parseShard('3/3', {}))).to.equal(
      '--shard 3/3: shards are counted from 0: the last of 3 is 2/3, and this is 3',
    ));
});

describe('the shares of a run', () => {
  const plan = (clients: number, concurrency: number): Plan => ({ clients, concurrency, connectRate: 30 }) as Plan;

  it('are all clients, each once, and even', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 12, max: 1000 }),
        fc.integer({ min: 12, max: 1000 }),
        (of, clients, more) => {
          const whole = plan(clients + more, clients);
          const shares = Array.from({ length: of }, (_, index) => clientShare(whole, { index, of }));
          const numbers = shares.flatMap(({ first, clients: count }) =>
            Array.from({ length: count }, (_, i) => first + i),
          );
          expect(numbers).to.deep.equal(Array.from({ length: clients + more }, (_, i) => i + 1));
          expect(shares.reduce((sum, { concurrency }) => sum + concurrency, 0)).to.equal(clients);
          for (const { concurrency, connectRate } of shares) {
            expect(concurrency).to.be.at.least(1);
            expect(connectRate).to.equal(30 / of);
          }
        },
      ),
    );
  });

  it('have no rate of connects where the run has none', () => {
    const whole: Plan = { ...plan(4, 4), connectRate: undefined };
    expect(clientShare(whole, { index: 1, of: 2 })).to.deep.equal({
      first: 3,
      clients: 2,
      concurrency: 2,
      connectRate: undefined,
    });
  });

  it('of workers are parts of a shard', () => {
    const parts = [0, 1].map((index) => partOf({ index: 1, of: 3 }, { index, of: 2 }));
    expect(parts).to.deep.equal([
      { index: 2, of: 6 },
      { index: 3, of: 6 },
    ]);
    expect(parts.reduce((sum, part) => sum + shareOf(600, part), 0)).to.equal(shareOf(600, { index: 1, of: 3 }));
  });

  it('are refused where a process would have no client', () => {
    expect(refusal(() => checkShares(plan(2, 2), 3, 'shards'))).to.equal(
      '--clients 2 cannot be shared by 3 shards: each needs a client of its own at any time',
    );
    expect(refusal(() => checkShares(plan(100, 1), 2, 'processes'))).to.match(
      /^--concurrency 1 cannot be shared by 2 processes/,
    );
    expect(refusal(() => checkShares(plan(3, 1), 3, 'shards'))).to.match(
      /^--concurrency 1 cannot be shared by 3 shards/,
    );
    checkShares(plan(100, 2), 2, 'processes');
  });
});
