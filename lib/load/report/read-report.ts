import { RunError } from '../../errors/run-error';
import { readTextFile } from '../../io/text-file';
import { FORMAT, type LoadReport, durationsOf } from './load-report';

/** Bytes: more than any report has. */
const LONGEST = 1 << 26;

/**
 * Reads a report that `--json` printed.
 * @param where named in errors: `--compare before.json`
 * @throws {RunError} `noInput` where the file cannot be read, `usage` where it is no report, or one of another format
 */
export function readReport(file: string, where: string): LoadReport {
  let text: string;
  try {
    text = readTextFile(file, LONGEST);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(error.exit === 'config' ? 'usage' : error.exit, `${where}: ${error.message}`, error.code);
  }
  return parseReport(text, where);
}

/** @throws {RunError} `usage` where the text is no report, or one of another format */
function parseReport(text: string, where: string): LoadReport {
  const refuse = (why: string): never => {
    throw new RunError('usage', `${where}: ${why}`);
  };
  let report: Partial<LoadReport> | null = null;
  try {
    report = JSON.parse(text) as Partial<LoadReport> | null;
  } catch {
    // reported below
  }
  if (typeof report !== 'object' || report === null || typeof report.rate_per_s !== 'number') {
    return refuse('not a report that echo-load-test --json printed');
  }
  const format: unknown = report.format;
  if (format !== FORMAT) {
    return refuse(
      `a report of format ${typeof format === 'number' ? format : 'none'}; this version reads format ${FORMAT}: run the load test again`,
    );
  }
  try {
    durationsOf(report as LoadReport);
    return report as LoadReport;
  } catch {
    return refuse('a report whose histograms are damaged or missing');
  }
}
