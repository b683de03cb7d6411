/**
 * Runs every case against every mutant, of servers and of clients, and writes what fails to docs/check-mutants.md.
 *
 *     npx ts-node scripts/check-mutants.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { allCases, clientCases, type Rule, type Verdict } from '../lib/check';
import { clientMutants } from '../test/fixtures/clients/client-mutants';
import { mutants } from '../test/fixtures/mutants';
import { runClientMutant } from '../test/support/client-mutant-run';
import { runMutant } from '../test/support/mutant-run';

const FILE = resolve(__dirname, '../docs/check-mutants.md');
/** Seconds that a case waits for a reply that a mutant may never send. */
const PATIENCE = 2;
/** Mutants at a time. */
const AT_ONCE = 2;

interface Mutant {
  readonly name: string;
  readonly wrong: string;
}

/** The cases that each mutant fails. */
async function failuresOf<Each extends Mutant, Case extends Rule>(
  mutantsOfRole: readonly Each[],
  cases: readonly Case[],
  run: (mutant: Each) => Promise<Verdict<Case>[]>,
): Promise<Map<Each, Case[]>> {
  const failures = new Map<Each, Case[]>();
  const queue = mutantsOfRole.values();
  const lane = async (): Promise<void> => {
    for (const mutant of queue) {
      const verdicts = await run(mutant);
      const failed = cases.filter((check) =>
        verdicts.some((verdict) => verdict.case === check && verdict.status === 'failed'),
      );
      process.stderr.write(`${mutant.name}: ${failed.length} cases fail\n`);
      failures.set(mutant, failed);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return failures;
}

/** Two tables: what each mutant fails, and what fails each case. */
function tables<Each extends Mutant, Case extends Rule>(
  role: 'server' | 'client',
  mutantsOfRole: readonly Each[],
  cases: readonly Case[],
  failures: ReadonlyMap<Each, readonly Case[]>,
): string[] {
  const catching = (check: Case): Each[] => mutantsOfRole.filter((one) => failures.get(one)?.includes(check));
  return [
    `## The ${mutantsOfRole.length} mutants of a ${role}, and the cases that each fails`,
    '',
    `| mutant | a ${role} that | cases failed |`,
    '| --- | --- | --- |',
    ...mutantsOfRole.map((mutant) => {
      const ids = (failures.get(mutant) ?? []).map(({ id }) => id.slice(id.indexOf('/') + 1));
      return `| ${mutant.name} | ${mutant.wrong} | ${ids.join(' ')} |`;
    }),
    '',
    `## The ${cases.length} cases for a ${role}, and the mutants that fail each`,
    '',
    '| case | level | rule | mutants |',
    '| --- | --- | --- | --- |',
    ...cases.map((check) => {
      const names = catching(check).map(({ name }) => name);
      return `| ${check.id} | ${check.level} | ${check.rule} | ${names.join(', ')} |`;
    }),
    '',
  ];
}

async function main(): Promise<void> {
  const ofServers = await failuresOf(mutants, allCases, (mutant) => runMutant(mutant, allCases, PATIENCE));
  const ofClients = await failuresOf(clientMutants, clientCases, (mutant) => runClientMutant(mutant, clientCases));
  const lines = [
    '# Mutants and cases',
    '',
    'Each mutant is a right server or client with one bug (`test/fixtures/mutants.ts`, `test/fixtures/clients/client-mutants.ts`). Every',
    'case is failed by a mutant, and every mutant fails a case. The tests check each row, except for the timed cases of mutants of a server',
    'that fail more than seven cases. Written by `npx ts-node scripts/check-mutants.ts`.',
    '',
    ...tables('server', mutants, allCases, ofServers),
    ...tables('client', clientMutants, clientCases, ofClients),
  ];
  const { format, resolveConfig } = await import('prettier');
  const text = await format(lines.join('\n'), { ...(await resolveConfig(FILE)), parser: 'markdown' });
  writeFileSync(FILE, text);
}

void main();
