/** Numbers as they stand in a table; a dash for one that was not measured. */
type Shown = (value: number | undefined) => string;

const shown =
  (format: (value: number) => string): Shown =>
  (value) =>
    value === undefined || Number.isNaN(value) ? '-' : format(value);

const separated = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const whole = shown((value) => separated.format(value));
export const fixed = (digits: number): Shown => shown((value) => value.toFixed(digits));
export const ratio = shown((value) => `${value.toFixed(2)}x`);
export const percent = shown((value) => `${(value * 100).toFixed(0)} %`);
export const kibibytes = shown((value) => `${(value / 1024).toFixed(1)} KiB`);
export const mebibytes = shown((value) => `${(value / 2 ** 20).toFixed(1)} MiB`);
