import { type LineFile, openLineFile } from '../../io/line-file';
import type { Sample } from '../measure/sampler';

/** What a line of `--samples` has, in this order. Times in ms; null where no reply came. */
const fields: readonly (readonly [name: string, of: (sample: Sample) => number | string | null])[] = [
  ['time', () => new Date().toISOString()],
  ['second', ({ second }) => second],
  ['sent', ({ sent }) => sent],
  ['ok', ({ ok }) => ok],
  ['warmup', ({ warmup }) => warmup],
  ['errors', ({ errors }) => errors],
  ['unsent', ({ unsent }) => unsent],
  ['bytes', ({ bytes }) => bytes],
  ['p50_ms', ({ rtt }) => rtt.percentile(50) ?? null],
  ['p90_ms', ({ rtt }) => rtt.percentile(90) ?? null],
  ['p99_ms', ({ rtt }) => rtt.percentile(99) ?? null],
  ['max_ms', ({ rtt }) => rtt.percentile(100) ?? null],
];

/** Writes a line for each second of a run: JSON, or CSV with a head line to a file named `.csv`. */
export class SamplesFile {
  private readonly file: LineFile;
  private readonly isCsv: boolean;

  /** @throws {RunError} where the file cannot be opened */
  constructor(path: string) {
    this.file = openLineFile('--samples', path);
    this.isCsv = path.toLowerCase().endsWith('.csv');
    if (this.isCsv) this.file.write(fields.map(([name]) => name).join(','));
  }

  add(sample: Sample): void {
    const values = fields.map(([name, of]) => [name, of(sample)] as const);
    this.file.write(
      this.isCsv ? values.map(([, value]) => value ?? '').join(',') : JSON.stringify(Object.fromEntries(values)),
    );
  }

  /** @throws {RunError} where a line could not be written */
  close(): Promise<void> {
    return this.file.close();
  }
}
