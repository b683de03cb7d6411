import type { CommandContext } from './command';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { checkShards, mergeReports } from '../load/report/merge-reports';
import { readReport } from '../load/report/read-report';
import { LoadOutput, type OutputOptions } from './load-output';

interface Options extends OutputOptions {
  /** Seconds. */
  readonly maxSkew?: number;
}

/** How far apart shards may have started, in seconds. */
const DEFAULT_MAX_SKEW = 1;

/** Adds up the reports of a run's shards and prints that of the whole. */
export function run({ args, options, log, stop }: CommandContext<Options>): Promise<ExitName> {
  const output = new LoadOutput(options);
  const { maxSkew = DEFAULT_MAX_SKEW } = options;
  const files = args.map((file) => ({ file, report: readReport(file, file) }));
  if (files.length === 0) throw new RunError('usage', 'name the files that echo-load-test --json --shard printed');
  checkShards(files, maxSkew * 1000);
  return Promise.resolve(output.finish(mergeReports(files.map(({ report }) => report)), [], log, stop));
}
