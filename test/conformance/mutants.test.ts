import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { allCases, type CheckCase, type Verdict } from '../../lib/check';
import { type Mutant, mutants } from '../fixtures/mutants';
import { runMutant } from '../support/mutant-run';

/** Seconds that a case waits for an answer that a mutant never gives. */
const PATIENCE = 0.5;
/** Mutants at a time. */
const AT_ONCE = 16;
/** A mutant that fails more cases than this fails the timed ones for the same reason, and they would only cost time. */
const FEW = 7;

/** The table that `scripts/check-mutants.ts` wrote: the cases that each mutant of a server fails. */
function writtenTable(): Map<string, CheckCase[]> {
  const [text = ''] = readFileSync(resolve(__dirname, '../../docs/check-mutants.md'), 'utf8').split(/^.* of a client/m);
  const rows = [...text.matchAll(/^\| (\S+) +\| [^|]+ \| ([\d. ]*?) *\|$/gm)];
  return new Map(
    rows.map(([, name = '', numbers = '']) => {
      const failed = numbers.split(' ').filter((number) => number !== '');
      const checks = failed.map((number) => allCases.find(({ id }) => id.endsWith(`/${number}`))!);
      return [name, checks.length > FEW ? checks.filter(({ pace }) => pace !== 'timed') : checks];
    }),
  );
}

/** Lets `atOnce` pieces of work run at a time; the others wait their turn. */
function limiter(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

describe('the cases against servers that are each wrong in one way', function () {
  this.timeout(180_000);
  const table = writtenTable();
  const runs = new Map<string, Promise<Verdict[]>>();
  const proven = new Set<CheckCase>();

  before(() => {
    const limited = limiter(AT_ONCE);
    const waits = ({ name }: Mutant): number =>
      Number(table.get(name)?.some(({ pace }) => pace !== undefined) ?? false);
    for (const mutant of mutants.toSorted((one, other) => waits(other) - waits(one))) {
      const run = limited(() => runMutant(mutant, table.get(mutant.name) ?? [], PATIENCE));
      run.catch(() => undefined); // its test tells
      runs.set(mutant.name, run);
    }
  });

  it('are 25 mutants or more, each in the table, as the table names no other', () => {
    expect(mutants.length).to.be.at.least(25);
    expect([...table.keys()]).to.have.members(mutants.map(({ name }) => name));
  });

  for (const mutant of mutants)
    it(`catch ${mutant.name}, which ${mutant.wrong}`, async () => {
      const verdicts = (await runs.get(mutant.name)) ?? [];
      const missed = verdicts.filter(({ status }) => status !== 'failed');
      verdicts.filter(({ status }) => status === 'failed').forEach((verdict) => proven.add(verdict.case));
      expect(missed.map(({ case: { id }, status, reason = '' }) => `${id} ${status}: ${reason}`)).to.deep.equal([]);
      expect(verdicts).to.not.be.empty;
    });

  it('have each been failed by a mutant', () => {
    expect(allCases.filter((check) => !proven.has(check)).map(({ id }) => id)).to.deep.equal([]);
  });
});
