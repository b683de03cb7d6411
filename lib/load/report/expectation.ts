import { RunError } from '../../errors/run-error';
import { type Distributions, metricOf, metrics, showMetric } from './metrics';
import type { LoadReport, ExpectationResult } from './load-report';

/** A condition on a run. */
export type Expectation = (report: LoadReport, all: Distributions) => ExpectationResult;

const comparisons: Readonly<Record<string, (actual: number, wanted: number) => boolean>> = {
  '<': (actual, wanted) => actual < wanted,
  '<=': (actual, wanted) => actual <= wanted,
  '>': (actual, wanted) => actual > wanted,
  '>=': (actual, wanted) => actual >= wanted,
  '=': (actual, wanted) => actual === wanted,
};

/** What a number's suffix makes of it, by the metric's unit. */
const scales: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { '': 1, us: 0.001, ms: 1, s: 1000 },
  '/s': { '': 1, '/s': 1, k: 1e3, M: 1e6 },
  '': { '': 1, k: 1e3, M: 1e6 },
};

const FORM = /^\s*([a-z][a-z0-9.]*)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*(\D*?)\s*$/;

/**
 * Reads an expectation: a metric, a comparison, a number with or without a unit: `p99<5ms`, `rate>10000`, `errors=0`.
 * @throws {RunError} `usage`, with what there is, for anything else
 */
export function parseExpectation(text: string): Expectation {
  const [, name = '', comparison = '', number = '', suffix = ''] = FORM.exec(text) ?? [];
  if (name === '') refuse(text, "it must be a figure, a comparison and a number: 'p99<5ms', 'rate>10000', 'errors=0'");
  const metric = metricOf(name);
  if (metric === undefined) refuse(text, `there is no figure ${name}; there are ${known()}`);
  const units = scales[metric.unit] ?? {};
  const scale = Object.hasOwn(units, suffix) ? units[suffix] : undefined;
  if (scale === undefined) {
    const named = Object.keys(units).filter((unit) => unit !== '');
    refuse(text, `${name} is not counted in ${suffix}; it may be in ${named.join(', ')}`);
  }
  const holds = comparisons[comparison] as (actual: number, wanted: number) => boolean;
  return (report, all) => {
    const actual = metric.of(report, all);
    return { expect: text, actual, unit: metric.unit, holds: actual !== null && holds(actual, Number(number) * scale) };
  };
}

/** The metrics that there are; percentiles are any. */
function known(): string {
  const others = Object.keys(metrics).filter((name) => !/^(connect\.)?p\d/.test(name));
  return `${others.join(', ')}, and percentiles from p0.001 to p100: p95, p99.9, connect.p99`;
}

function refuse(text: string, why: string): never {
  throw new RunError('usage', `--expect ${JSON.stringify(text)}: ${why}`);
}

/** A result in a line: `expect p99<5ms: FAILED, it was 7.20ms`. */
export function showExpectation({ expect, actual, unit, holds }: ExpectationResult): string {
  return `expect ${expect}: ${holds ? 'ok' : 'FAILED'}, it was ${showMetric(actual, unit)}`;
}
