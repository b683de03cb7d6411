import { RunError } from '../errors';
import { readTextFile } from '../text-file';
import { figures } from './figures';
import type { LoadReport } from './report';

/** An earlier run, and what its report was read from. */
export interface Earlier {
  readonly file: string;
  readonly report: LoadReport;
}

/** One figure of two runs. */
export interface ComparedFigure {
  readonly name: string;
  readonly unit: 'ms' | '/s' | '';
  readonly before: number | null;
  readonly now: number | null;
  /** Percent; null where it cannot be said. */
  readonly change: number | null;
  readonly verdict: 'better' | 'worse' | 'same';
}

/** Changes below this are none, in percent: two runs of the same differ by more. */
const NOISE = 2;

/** More than any report holds, in bytes. */
const LONGEST = 1 << 26;

/** What two runs are compared by. */
const compared = ['rate', 'p50', 'p90', 'p99', 'p99.9', 'max', 'avg', 'connect.avg', 'failed', 'errors'] as const;

/**
 * Reads the report of an earlier run.
 * @throws {RunError} `noInput` where the file cannot be read, `usage` where it holds no report
 */
export function readEarlier(file: string): Earlier {
  let text: string;
  try {
    text = readTextFile(file, LONGEST);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(
      error.exit === 'config' ? 'usage' : error.exit,
      `--compare ${file}: ${error.message}`,
      error.code,
    );
  }
  try {
    const report = JSON.parse(text) as LoadReport;
    for (const name of compared) figures[name]?.of(report);
    if (typeof report.rate_per_s !== 'number' || typeof report.settings !== 'object') throw new TypeError('no report');
    return { file, report };
  } catch {
    throw new RunError('usage', `--compare ${file}: this is not what echo-load-test --json printed`);
  }
}

export function compareFigures(before: LoadReport, now: LoadReport): ComparedFigure[] {
  return compared.map((name) => {
    const { unit, better, of } = figures[name] as (typeof figures)[string];
    const [was, is] = [of(before), of(now)];
    const change = was === null || is === null || was === 0 ? null : ((is - was) / was) * 100;
    const differs = was !== is && (change === null || Math.abs(change) >= NOISE);
    const improved = better === 'more' ? (is ?? 0) > (was ?? 0) : (is ?? Infinity) < (was ?? Infinity);
    return { name, unit, before: was, now: is, change, verdict: differs ? (improved ? 'better' : 'worse') : 'same' };
  });
}

/** The settings in which two runs differ: figures of different loads say little about the server. */
export function differingSettings(before: LoadReport, now: LoadReport): string[] {
  const was = before.settings as Readonly<Record<string, unknown>>;
  return Object.entries(now.settings)
    .filter(([key, value]) => was[key] !== value)
    .map(([key, value]) => `${key} ${shown(was[key])}, now ${shown(value)}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'none';
}
