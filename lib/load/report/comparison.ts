import { isDeepStrictEqual } from 'node:util';
import { metrics } from './metrics';
import type { LoadReport } from './load-report';
import { readReport } from './read-report';

/** The report of an earlier run, and its file. */
export interface Baseline {
  readonly file: string;
  readonly report: LoadReport;
}

/** One metric of two runs. */
export interface ComparedMetric {
  readonly name: string;
  readonly unit: 'ms' | '/s' | '';
  readonly before: number | null;
  readonly now: number | null;
  /** Percent; null where one of the values is missing, or the earlier one is 0. */
  readonly change: number | null;
  readonly trend: 'better' | 'worse' | 'same';
}

/** How far two equal runs may differ: a change within either bound counts as none. */
interface Noise {
  /** The larger value may be this many times the smaller one. */
  readonly factor: number;
  /** The two may be this far apart, in the metric's unit. */
  readonly least: number;
}

/** The metrics by which two runs are compared. Those of the tail are noisier, as they depend on few messages: `max` on one. */
const compared = {
  rate: { factor: 1.05, least: 0 },
  p50: { factor: 1.1, least: 0.02 },
  p90: { factor: 1.1, least: 0.02 },
  p99: { factor: 1.2, least: 0.05 },
  'p99.9': { factor: 1.5, least: 0.1 },
  max: { factor: 2, least: 1 },
  avg: { factor: 1.1, least: 0.02 },
  'connect.avg': { factor: 1.2, least: 0.05 },
  failed: { factor: 1, least: 0 },
  errors: { factor: 1, least: 0 },
} as const satisfies Record<string, Noise>;

const names = Object.keys(compared) as (keyof typeof compared)[];

/**
 * Reads the report of an earlier run.
 * @throws {RunError} `noInput` where the file cannot be read, `usage` where it is not a report
 */
export const readBaseline = (file: string): Baseline => ({ file, report: readReport(file, `--compare ${file}`) });

export function compareMetrics(before: LoadReport, now: LoadReport): ComparedMetric[] {
  return names.map((name) => {
    const { unit, better, of } = metrics[name] as (typeof metrics)[string];
    const [was, is] = [of(before), of(now)];
    const change = was === null || is === null || was === 0 ? null : ((is - was) / was) * 100;
    const differs = was !== is && (was === null || is === null || !isNoise(was, is, compared[name]));
    const improved = better === 'more' ? (is ?? 0) > (was ?? 0) : (is ?? Infinity) < (was ?? Infinity);
    return { name, unit, before: was, now: is, change, trend: differs ? (improved ? 'better' : 'worse') : 'same' };
  });
}

function isNoise(was: number, is: number, { factor, least }: Noise): boolean {
  return Math.max(was, is) <= Math.min(was, is) * factor || Math.abs(is - was) <= least;
}

/** The settings in which two runs differ, in words: metrics of different loads cannot be compared. */
export function differingSettings(before: LoadReport, now: LoadReport): string[] {
  const was = before.settings as Readonly<Record<string, unknown>>;
  return Object.entries(now.settings)
    .filter(([key, value]) => !isDeepStrictEqual(was[key], value))
    .map(([key, value]) => `${key} ${shown(was[key])}, now ${shown(value)}`);
}

function shown(value: unknown): string {
  if (Array.isArray(value) && value.length > 0) return value.join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'none';
}
