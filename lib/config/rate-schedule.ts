import { asRate, asSeconds } from './units';

/** A part of a schedule of rates: the rate goes from one value to the other, evenly, or stays where they are the same. */
export interface RateStage {
  /** Messages per second at its start and at its end. */
  readonly from: number;
  readonly to: number;
  /** How long it takes; Infinity for a rate without an end. */
  readonly seconds: number;
}

/** More than any network carries. */
export const MAX_PER_SECOND = 1e9;

const isRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_PER_SECOND;

/**
 * Reads a rate (`5k`) or a schedule: stages in order, each a rate or `FROM..TO`, and how long it takes.
 * `1k@30s,1k..20k@2m,20k@1m`
 * @returns undefined for anything else. A single rate is one stage without an end.
 */
export function rateSchedule(value: unknown): readonly RateStage[] | undefined {
  const rate = typeof value === 'string' ? asRate(value) : value;
  if (isRate(rate)) return [{ from: rate, to: rate, seconds: Infinity }];
  if (typeof value !== 'string') return undefined;
  const stages = value.split(',').map((text) => stageOf(text.trim()));
  return stages.every((stage) => stage !== undefined) ? stages : undefined;
}

function stageOf(text: string): RateStage | undefined {
  const [rates = '', time = '', ...more] = text.split('@');
  const [from, to = from, ...others] = rates.split('..').map(asRate);
  const seconds = asSeconds(time);
  if (more.length > 0 || others.length > 0 || !isRate(from) || !isRate(to)) return undefined;
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? { from, to, seconds } : undefined;
}
