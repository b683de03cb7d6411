import { parseArgs } from 'node:util';
import { type Report, publish } from './report';

/** A flag of a benchmark that takes a number: its default, and what it means. */
export interface NumberFlag {
  readonly default: number;
  readonly doc: string;
}

/** What a benchmark is run with. */
export interface BenchOptions<Flag extends string> {
  readonly numbers: Readonly<Record<Flag, number>>;
  /** Whether `--only` names this one; all, where it is not given. */
  readonly wanted: (name: string) => boolean;
}

/** A line about what goes on, where nothing of it disturbs the results. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a benchmark as a program: flags in, report out. It ends with 0 however slow the results are, and with 1 where it
 * could not measure, or a server gave a wrong echo.
 */
export function benchmark<Flag extends string>(
  flags: Readonly<Record<Flag, NumberFlag>>,
  measure: (options: BenchOptions<Flag>) => Promise<Report>,
): void {
  const rows = Object.entries<NumberFlag>(flags);
  const main = async (): Promise<void> => {
    const { values, tokens } = parseArgs({
      options: {
        ...Object.fromEntries(rows.map(([flag]) => [flag, { type: 'string' as const }])),
        only: { type: 'string' },
        write: { type: 'string' },
        help: { type: 'boolean' },
      },
      tokens: true,
    });
    if (values.help === true) {
      const usage = rows.map(([flag, { default: value, doc }]) => `--${flag} N  ${doc} (default ${value})`);
      const common = ['--only NAME,...  parts of names: measure these alone', '--write FILE  put the results there'];
      process.stdout.write(`${[...usage, ...common].join('\n')}\n`);
      return;
    }
    const numberOf = (flag: string, value: number): number => {
      const given = (values as Record<string, unknown>)[flag];
      const number = given === undefined ? value : Number(given);
      if (!(number > 0)) throw new Error(`--${flag} takes a number above 0, not ${String(given)}`);
      return number;
    };
    const numbers = Object.fromEntries(rows.map(([flag, row]) => [flag, numberOf(flag, row.default)]));
    const only = typeof values.only === 'string' ? values.only.split(',').filter((part) => part !== '') : undefined;
    const wanted = (name: string): boolean => only?.some((part) => name.includes(part)) ?? true;
    const report = await measure({ numbers: numbers as Record<Flag, number>, wanted });
    const given = tokens.flatMap((token) =>
      token.kind === 'option' && token.name !== 'write' ? [token.rawName, token.value ?? ''] : [],
    );
    publish(report, given, typeof values.write === 'string' ? values.write : undefined);
  };
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
