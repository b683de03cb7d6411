import { expect } from 'chai';
import fc from 'fast-check';
import { LimitSearch, type RestResult } from '../../lib/probe/limit-search';
import { firstRests, sectionRests } from '../../lib/probe/rests';

/** A path with a limit for each connection, in seconds, that cuts in one of the ways there are. */
interface Path {
  readonly limit: () => number;
  readonly cut: Exclude<RestResult, { kind: 'answered' }>;
}

/** Seconds that a client waits for an answer. */
const TIMEOUT = 5;

interface Probe {
  readonly planned: number;
  readonly limit: number;
  spokeAt?: number;
  isOver: boolean;
}

/** Runs one round in virtual time, in which nothing but rests and timeouts takes time. Returns how long it took, in seconds. */
function simulateRound(search: LimitSearch, rests: readonly number[], { limit, cut }: Path): number {
  const probes = rests.map((planned): Probe => ({ planned, limit: limit(), isOver: false }));
  let now = 0;
  const nextOf = (probe: Probe): number => {
    if (probe.spokeAt !== undefined) return probe.spokeAt + TIMEOUT;
    const due = Math.min(probe.planned, search.horizon);
    return cut.when === 'resting' ? Math.min(due, probe.limit) : due;
  };
  for (;;) {
    for (const probe of probes) {
      const rested = probe.spokeAt ?? now;
      if (rested > search.horizon) probe.isOver = true;
    }
    const [probe] = probes.filter(({ isOver }) => !isOver).sort((one, other) => nextOf(one) - nextOf(other));
    if (probe === undefined) return now;
    now = nextOf(probe);
    if (probe.spokeAt !== undefined || (cut.when === 'resting' && now >= probe.limit)) {
      probe.isOver = true;
      search.record(probe.spokeAt ?? now, cut);
    } else if (now <= probe.limit) {
      probe.isOver = true;
      search.record(now, { kind: 'answered' });
    } else if (cut.kind === 'silence') probe.spokeAt = now;
    else {
      probe.isOver = true;
      search.record(now, cut);
    }
  }
}

function simulate(search: LimitSearch, path: Path): { total: number; rounds: number; most: number } {
  const result = { total: 0, rounds: 0, most: 0 };
  for (let rests = search.next(); rests !== undefined; rests = search.next()) {
    result.total += simulateRound(search, rests, path);
    result.rounds += 1;
    result.most = Math.max(result.most, rests.length);
  }
  return result;
}

const seconds = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const hidden: Path['cut'][] = [
  { kind: 'fin', when: 'speaking' },
  { kind: 'reset', when: 'speaking' },
  { kind: 'silence', when: 'speaking' },
];
const visible: Path['cut'][] = [
  { kind: 'fin', when: 'resting' },
  { kind: 'reset', when: 'resting' },
];

/** Options of a search with a limit below its longest rest. */
const searches = fc
  .record({
    max: seconds(1, 7200),
    share: seconds(0.0001, 0.9999),
    precision: seconds(0.05, 1),
    connections: fc.integer({ min: 8, max: 62 }),
  })
  .map(({ share, ...options }) => ({ ...options, limit: share * options.max }));

describe('LimitSearch', () => {
  it('finds any limit that shows only when a connection speaks, within its precision', () => {
    fc.assert(
      fc.property(searches, fc.constantFrom(...hidden), ({ limit, ...options }, cut) => {
        const search = new LimitSearch(options);
        const { most } = simulate(search, { limit: () => limit, cut });
        const finding = search.finding();
        expect(finding.found).to.equal('limit');
        if (finding.found !== 'limit') return;
        expect(finding.answered).to.be.at.most(limit);
        expect(finding.cut).to.be.above(limit);
        expect(finding.cut - finding.answered).to.be.at.most(options.precision);
        expect(most).to.be.at.most(options.connections);
      }),
    );
  });

  it('finds any limit that shows at once in the time of the limit itself', () => {
    fc.assert(
      fc.property(searches, fc.constantFrom(...visible), ({ limit, ...options }, cut) => {
        const search = new LimitSearch(options);
        const { total, rounds } = simulate(search, { limit: () => limit, cut });
        expect(search.finding()).to.deep.include({ found: 'limit', cut: limit });
        expect(rounds).to.equal(1);
        expect(total).to.equal(limit);
      }),
    );
  });

  it('takes the time of the limit for each of a few rounds, and a timeout where the cut is silent', () => {
    fc.assert(
      fc.property(searches, ({ limit, ...options }) => {
        const search = new LimitSearch({ ...options, connections: 62 });
        const { total, rounds } = simulate(search, { limit: () => limit, cut: { kind: 'silence', when: 'speaking' } });
        expect(rounds).to.be.at.most(4);
        // The rest that is cut in the first round is longer than the limit by one step of its scale, at most.
        const step = Math.max(options.precision, limit * 0.25);
        expect(total).to.be.at.most(rounds * (limit + step + options.precision + TIMEOUT) * 1.1);
      }),
    );
  });

  it('finds the usual limits in two rounds', () => {
    for (const limit of [60, 350, 600, 3600]) {
      const search = new LimitSearch({ max: 7200, precision: 10, connections: 62 });
      const { rounds, total } = simulate(search, { limit: () => limit, cut: { kind: 'silence', when: 'speaking' } });
      expect(rounds).to.be.at.most(2);
      expect(total).to.be.below(2.4 * limit + 2 * TIMEOUT + 20);
    }
  });

  it('tells that there is no limit up to the longest rest', () => {
    fc.assert(
      fc.property(searches, fc.constantFrom(...hidden, ...visible), (options, cut) => {
        const search = new LimitSearch(options);
        const { rounds, total } = simulate(search, { limit: () => Infinity, cut });
        expect(search.finding()).to.deep.equal({ found: 'none', longest: options.max });
        expect(rounds).to.equal(1);
        expect(total).to.equal(options.max);
      }),
    );
  });

  it('tells a limit that varies', () => {
    for (const cut of [...visible, ...hidden]) {
      let count = 0;
      const search = new LimitSearch({ max: 60, precision: 0.2, connections: 62 });
      simulate(search, { limit: () => 10 + (count++ % 5), cut });
      const finding = search.finding();
      expect(finding.found, JSON.stringify(cut)).to.equal('varies');
      if (finding.found !== 'varies') continue;
      expect(finding.cut).to.be.within(10, 14);
      expect(finding.answered).to.be.within(finding.cut + 0.2, 14);
    }
  });

  it('finds a limit that varies within the precision', () => {
    let count = 0;
    const limit = (): number => 10 + (count++ % 5) / 100;
    for (const cut of [...visible, ...hidden]) {
      const search = new LimitSearch({ max: 60, precision: 0.5, connections: 62 });
      simulate(search, { limit, cut });
      expect(search.finding(), JSON.stringify(cut)).to.deep.include({ found: 'limit' });
    }
  });

  it('tries the longest rest again if its connection failed, and gives up in the end', () => {
    const search = new LimitSearch({ max: 4, precision: 1, connections: 8 });
    for (const rest of search.next()!.slice(0, -1)) search.record(rest, { kind: 'answered' });
    expect(search.next()).to.deep.equal([4]);
    let more = 0;
    while (search.next()) more += 1;
    expect(more).to.be.below(10);
    expect(search.finding()).to.deep.include({ found: 'open', cut: undefined });
  });
});

describe('the rests of a round', () => {
  it('reach from the precision to the longest, each longer than the one before by the precision at least', () => {
    fc.assert(
      fc.property(searches, ({ max, precision, connections }) => {
        const rests = firstRests(precision, max, connections);
        expect(rests.length).to.be.at.most(connections);
        expect(rests[0]).to.be.at.most(precision);
        expect(rests.at(-1)).to.equal(max);
        for (const [index, rest] of rests.slice(1, -1).entries()) {
          expect(rest - rests[index]!).to.be.at.least(precision * 0.999);
        }
      }),
    );
  });

  it('divide what is left evenly, as finely as the precision needs', () => {
    expect(sectionRests(10, 12, 1, 62)).to.deep.equal([10 + 2 / 3, 10 + 4 / 3]);
    expect(sectionRests(0, 63, 0.1, 62)).to.deep.equal(Array.from({ length: 62 }, (_, index) => index + 1));
  });
});
