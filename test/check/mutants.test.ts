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
/** How often a case is tried that passes, or could not tell. */
const TRIES = 4;
/** A mutant that fails more cases than this fails the timed ones for the same reason, and they would only cost time. */
const FEW = 7;

/** The table that `scripts/check-mutants.ts` wrote: the cases that each mutant fails. */
function writtenTable(): Map<string, CheckCase[]> {
  const text = readFileSync(resolve(__dirname, '../../docs/check-mutants.md'), 'utf8');
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
  this.timeout(60_000);
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

  /** A busy machine can make a server look like one that holds back, or leave a case without a verdict. */
  const isOpen = ({ status, reason = '' }: Verdict): boolean =>
    status === 'passed' || (status === 'skipped' && reason.includes('too busy'));

  /** The verdicts on a mutant: what is open is tried again when the others are done. */
  const verdictsOn = async (mutant: Mutant): Promise<Verdict[]> => {
    let verdicts = (await runs.get(mutant.name)) ?? [];
    for (let tries = 1; tries < TRIES; tries++) {
      const open = verdicts.filter(isOpen).map((verdict) => verdict.case);
      if (open.length === 0) break;
      await Promise.allSettled(runs.values());
      const again = await runMutant(mutant, open, PATIENCE);
      verdicts = [...verdicts.filter((verdict) => !isOpen(verdict)), ...again];
    }
    return verdicts;
  };

  for (const mutant of mutants)
    it(`catch ${mutant.name}, which ${mutant.wrong}`, async () => {
      const verdicts = await verdictsOn(mutant);
      const passed = verdicts.filter(({ status }) => status === 'passed').map((verdict) => verdict.case.id);
      const failed = verdicts.filter(({ status }) => status === 'failed').map((verdict) => verdict.case);
      failed.forEach((check) => proven.add(check));
      expect(passed, 'cases that the table names, and that passed').to.deep.equal([]);
      expect(failed, 'cases that the table names, and that failed').to.not.be.empty; // a busy machine may skip one
    });

  it('have each been failed by a mutant', () => {
    expect(allCases.filter((check) => !proven.has(check)).map(({ id }) => id)).to.deep.equal([]);
  });
});
