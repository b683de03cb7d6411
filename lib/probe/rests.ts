/** How much longer the next rest of the first round is, at least. */
const LEAST_GROWTH = 1.01;

/**
 * The rests of the first round, in seconds: from `precision` to `max`, each longer than the one before by the same
 * factor, but by `precision` at least.
 * @param count most rests
 */
export function firstRests(precision: number, max: number, count: number): number[] {
  const shortest = Math.min(precision, max);
  const factor = Math.max(LEAST_GROWTH, (max / shortest) ** (1 / Math.max(1, count - 1)));
  const rests: number[] = [];
  for (let rest = shortest; rest < max && rests.length < count - 1; rest = Math.max(rest * factor, rest + precision)) {
    rests.push(rest);
  }
  // The last step may be a little longer than the others.
  return [...rests, max];
}

/** A share of the precision, so that rests that last a little longer than planned still come within it. */
const MARGIN = 0.75;

/**
 * Rests that divide the time between one that was answered and one that was cut evenly, in seconds, both excluded: as
 * many as the precision needs.
 * @param count most rests
 */
export function sectionRests(from: number, to: number, precision: number, count: number): number[] {
  const needed = Math.ceil((to - from) / (precision * MARGIN)) - 1;
  const inside = Math.max(1, Math.min(count, needed));
  const step = (to - from) / (inside + 1);
  return Array.from({ length: inside }, (_, index) => from + step * (index + 1));
}
