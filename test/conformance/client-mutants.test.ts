import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { type ClientCase, clientCases, type Verdict } from '../../lib/check';
import { causesOf } from '../../lib/check/causes';
import { clientMutants } from '../fixtures/clients/client-mutants';
import { runClientMutant } from '../support/client-mutant-run';

/** The cases that each mutant fails, by their numbers, as `scripts/check-mutants.ts` wrote them. */
function writtenTable(): Map<string, string> {
  const text = readFileSync(resolve(__dirname, '../../docs/check-mutants.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (client-\S+) +\| [^|]+ \| ([\d. ]*?) *\|$/gm)];
  return new Map(rows.map(([, name = '', numbers = '']) => [name, numbers]));
}

const failedOf = (verdicts: readonly Verdict<ClientCase>[]): Verdict<ClientCase>[] =>
  verdicts.filter(({ status }) => status === 'failed');

describe('the cases for clients against clients that are each wrong in one way', function () {
  this.timeout(120_000);
  const runs = new Map<string, Promise<Verdict<ClientCase>[]>>();
  const proven = new Set<string>();

  before(() => {
    for (const mutant of [{ name: 'right', change: {} }, ...clientMutants]) {
      const run = runClientMutant(mutant, clientCases);
      run.catch(() => undefined); // its test tells
      runs.set(mutant.name, run);
    }
  });

  it('pass all with a right client', async () => {
    const complaints = (await runs.get('right')!).filter(({ status }) => status !== 'passed');
    expect(complaints.map(({ case: { id }, reason, failure }) => `${id}: ${reason ?? failure?.got}`)).to.deep.equal([]);
  });

  it('are 25 or more, and the mutants 20 or more, each in the table, as the table names no other', () => {
    expect(clientCases.length).to.be.at.least(25);
    expect(clientMutants.length).to.be.at.least(20);
    expect([...writtenTable().keys()]).to.have.members(clientMutants.map(({ name }) => name));
  });

  for (const { name, wrong } of clientMutants)
    it(`catch ${name}, which ${wrong}`, async () => {
      const failed = failedOf(await runs.get(name)!);
      failed.forEach(({ case: { id } }) => proven.add(id));
      const numbers = failed.map(({ case: { id } }) => id.slice(id.indexOf('/') + 1));
      expect(numbers.join(' ')).to.equal(writtenTable().get(name));
      expect(failed).to.not.be.empty;
    });

  it('have each been failed by a mutant', () => {
    expect(clientCases.map(({ id }) => id).filter((id) => !proven.has(id))).to.deep.equal([]);
  });

  for (const [name, words] of [
    [
      'client-sends-little-endian',
      'the length was sent in little-endian order: use big-endian (htonl, "!I", BigEndian)',
    ],
    ['client-sends-no-header', 'the payload was sent without a header: send its length first, in four bytes'],
    ['client-counts-header', 'the length counts the header: it must count the payload only'],
    ['client-compares-nothing', 'replies are not compared with what was sent, byte for byte'],
    ['client-no-timeout', 'there is no timeout: set one for reads (SO_RCVTIMEO, settimeout)'],
    ['client-always-0', 'it exits with 0 whatever comes back: exit with 0 only if each frame came back unchanged'],
  ] as const)
    it(`tell the one cause of all that ${name} fails`, async () => {
      expect(causesOf(await runs.get(name)!).map(({ likely }) => likely)).to.deep.equal([words]);
    });
});
