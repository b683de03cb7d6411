import { expect } from 'chai';
import { PoolStats } from '../../../lib/server/stats/pool-stats';
import { type ServerStats, zeroStats } from '../../../lib/server/stats/server-stats';

const statsOf = (accepted: number, disconnected = 0): ServerStats => ({
  counters: { ...zeroStats.counters, accepted, closes: { ...zeroStats.counters.closes, disconnect: disconnected } },
  gauges: { ...zeroStats.gauges, connections: { ...zeroStats.gauges.connections, serving: 1 } },
});

describe('PoolStats', () => {
  const [first, second] = [{ name: 'first' }, { name: 'second' }];
  /** A pool whose workers answer with what stands here; one that has nothing hangs. */
  const answers = new Map<object, ServerStats>();
  let asked: object[];
  let pool: PoolStats<object>;

  beforeEach(() => {
    answers.clear();
    asked = [];
    pool = new PoolStats((worker) => {
      asked.push(worker);
      const answer = answers.get(worker);
      if (answer) pool.take(worker, answer);
    }, 50);
    pool.add(first);
    pool.add(second);
  });

  it('adds up what the workers answer', async () => {
    answers.set(first, statsOf(3)).set(second, statsOf(4));
    const { counters, gauges } = await pool.read();
    expect(counters.accepted).to.equal(7);
    expect(gauges.connections.serving).to.equal(2);
    expect(gauges.residentBytes).to.be.greaterThan(0);
  });

  it('counts a worker that does not answer in time with what it told last', async () => {
    answers.set(first, statsOf(3)).set(second, statsOf(4));
    await pool.read();
    answers.set(first, statsOf(5)).delete(second);
    expect((await pool.read()).counters.accepted).to.equal(9);
  });

  it('keeps what a worker had counted that is gone, and closes its connections for the reason', async () => {
    answers.set(first, statsOf(3)).set(second, statsOf(4, 1));
    await pool.read();
    pool.remove(second, 'worker_exit');
    pool.restarted();
    const replacement = { name: 'third' };
    pool.add(replacement);
    answers.set(replacement, statsOf(1));
    const { counters, gauges } = await pool.read();
    expect(counters).to.include({ accepted: 8, workerRestarts: 1 });
    expect(counters.closes).to.include({ disconnect: 1, worker_exit: 3 });
    expect(gauges.connections.serving).to.equal(2);
  });

  it('waits no longer for a worker that is gone, nor believes what it told late', async () => {
    pool = new PoolStats((worker) => void asked.push(worker), 60_000);
    pool.add(first);
    const reading = pool.read();
    pool.remove(first, 'worker_exit');
    pool.take(first, statsOf(9));
    expect((await reading).counters.accepted).to.equal(0);
  });

  it('keeps what a worker told between reads', async () => {
    answers.set(first, statsOf(3)).set(second, statsOf(4));
    pool.refresh();
    pool.remove(first, 'worker_exit');
    pool.remove(second, 'worker_exit');
    expect((await pool.read()).counters.accepted).to.equal(7);
  });

  it('refreshes no worker that has yet to answer', () => {
    answers.set(first, statsOf(3));
    pool.refresh();
    pool.refresh();
    expect(asked).to.deep.equal([first, second, first]);
  });

  it('reads only answers to its own question, not those to an earlier one', async () => {
    pool = new PoolStats((worker) => void asked.push(worker), 60_000);
    pool.add(first);
    pool.refresh();
    const reading = pool.read();
    pool.take(first, statsOf(1));
    pool.take(first, statsOf(2));
    expect((await reading).counters.accepted).to.equal(2);
  });

  it('asks once for all who ask at the same time', async () => {
    answers.set(first, statsOf(1)).set(second, statsOf(1));
    const [one, other] = await Promise.all([pool.read(), pool.read()]);
    expect(one).to.equal(other);
    expect(asked).to.have.length(2);
  });

  it('answers at once where no worker is there', async () => {
    pool.remove(first, 'worker_exit');
    pool.remove(second, 'worker_exit');
    expect((await pool.read()).gauges.connections.serving).to.equal(0);
  });
});
