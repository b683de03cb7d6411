import { RunError } from '../../errors/run-error';
import { type Distributions, formatMetric, metricOf, metrics } from './metrics';
import type { ExpectationResult, Results } from './results';

/** A condition on a run. */
export type Expectation = (results: Results, all: Distributions) => ExpectationResult;

const comparisons: Readonly<Record<string, (actual: number, wanted: number) => boolean>> = {
  '<': (actual, wanted) => actual < wanted,
  '<=': (actual, wanted) => actual <= wanted,
  '>': (actual, wanted) => actual > wanted,
  '>=': (actual, wanted) => actual >= wanted,
  '=': (actual, wanted) => actual === wanted,
};

/** By a metric's unit: the suffixes that a number may have, and what they multiply it by. */
const scales: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { '': 1, us: 0.001, ms: 1, s: 1000 },
  '/s': { '': 1, '/s': 1, k: 1e3, M: 1e6 },
  '': { '': 1, k: 1e3, M: 1e6 },
};

const FORM = /^\s*([a-z][a-z0-9.]*)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*(\D*?)\s*$/;

/**
 * Parses an expectation: a metric, a comparison and a number, with or without a unit: `p99<5ms`, `rate>10000`, `errors=0`.
 * @throws {RunError} `usage` for anything else, with what would be valid
 */
export function parseExpectation(text: string): Expectation {
  const [, name = '', comparison = '', number = '', suffix = ''] = FORM.exec(text) ?? [];
  if (name === '') refuse(text, "must be a metric, a comparison and a number: 'p99<5ms', 'rate>10000', 'errors=0'");
  const metric = metricOf(name);
  if (metric === undefined) refuse(text, `unknown metric ${name}; known are ${known()}`);
  const units = scales[metric.unit] ?? {};
  const scale = Object.hasOwn(units, suffix) ? units[suffix] : undefined;
  if (scale === undefined) {
    const named = Object.keys(units).filter((unit) => unit !== '');
    refuse(text, `${suffix} is not a unit of ${name}; use ${named.join(', ')}`);
  }
  const holds = comparisons[comparison] as (actual: number, wanted: number) => boolean;
  return (results, all) => {
    const actual = metric.of(results, all);
    return { expect: text, actual, unit: metric.unit, holds: actual !== null && holds(actual, Number(number) * scale) };
  };
}

function known(): string {
  const others = Object.keys(metrics).filter((name) => !/^(connect\.)?p\d/.test(name));
  return `${others.join(', ')}, and percentiles from p0.001 to p100: p95, p99.9, connect.p99`;
}

function refuse(text: string, why: string): never {
  throw new RunError('usage', `--expect ${JSON.stringify(text)}: ${why}`);
}

/** A result in one line: `expect p99<5ms: FAILED, it was 7.20ms`. */
export function formatExpectation({ expect, actual, unit, holds }: ExpectationResult): string {
  return `expect ${expect}: ${holds ? 'ok' : 'FAILED'}, it was ${formatMetric(actual, unit)}`;
}
