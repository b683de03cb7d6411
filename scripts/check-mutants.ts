/**
 * Runs every case against every mutant and writes what fails to docs/check-mutants.md.
 *
 *     npx ts-node scripts/check-mutants.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { allCases, type CheckCase } from '../lib/check';
import { mutants, type Mutant } from '../test/fixtures/mutants';
import { runMutant } from '../test/support/mutant-run';

const FILE = resolve(__dirname, '../docs/check-mutants.md');
/** Seconds that a case waits for a reply that a mutant may never send. */
const PATIENCE = 2;
/** Mutants at a time. */
const AT_ONCE = 2;

/** The cases that the mutant fails. */
async function failedBy(mutant: Mutant): Promise<readonly CheckCase[]> {
  const verdicts = await runMutant(mutant, allCases, PATIENCE);
  const failed = allCases.filter((check) =>
    verdicts.some((verdict) => verdict.case === check && verdict.status === 'failed'),
  );
  process.stderr.write(`${mutant.name}: ${failed.length} cases fail\n`);
  return failed;
}

async function main(): Promise<void> {
  const failures = new Map<Mutant, readonly CheckCase[]>();
  const queue = mutants.values();
  const lane = async (): Promise<void> => {
    for (const mutant of queue) failures.set(mutant, await failedBy(mutant));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));

  const catching = (check: CheckCase): readonly Mutant[] => mutants.filter((one) => failures.get(one)?.includes(check));
  const lines = [
    '# Mutants and cases',
    '',
    'Each mutant is a right server with one bug (`test/fixtures/mutants.ts`). Every case is failed by a mutant, and every mutant fails',
    'a case. The tests check each row, except for the timed cases of mutants that fail more than seven cases.',
    'Written by `npx ts-node scripts/check-mutants.ts`.',
    '',
    `## The ${mutants.length} mutants, and the cases that each fails`,
    '',
    '| mutant | a server that | cases failed |',
    '| --- | --- | --- |',
    ...mutants.map((mutant) => {
      const ids = (failures.get(mutant) ?? []).map(({ id }) => id.slice(id.indexOf('/') + 1));
      return `| ${mutant.name} | ${mutant.wrong} | ${ids.join(' ')} |`;
    }),
    '',
    `## The ${allCases.length} cases, and the mutants that fail each`,
    '',
    '| case | level | rule | mutants |',
    '| --- | --- | --- | --- |',
    ...allCases.map((check) => {
      const names = catching(check).map(({ name }) => name);
      return `| ${check.id} | ${check.level} | ${check.rule} | ${names.join(', ')} |`;
    }),
    '',
  ];
  const { format, resolveConfig } = await import('prettier');
  const text = await format(lines.join('\n'), { ...(await resolveConfig(FILE)), parser: 'markdown' });
  writeFileSync(FILE, text);
}

void main();
