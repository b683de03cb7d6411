/** Quantities as people read them: three significant digits, and no more. */

const threeDigits = (value: number): string => String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** A rate per second, without its unit: `27078`, `12.3`, `0.25`. */
export const formatRate = threeDigits;

/** `544 B`, `5.44 kB`, `492 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${threeDigits(value)} ${units[unit] ?? ''}`;
}

/** A duration in milliseconds: `250 ms`, `9.98 s`. */
export function formatDuration(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

/** `1 client`, `2 clients`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
