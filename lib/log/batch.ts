import type { LogSink } from './sink';

/** Lines that add up to more than this many characters go out at once: a sink takes or drops what it is handed as a whole. */
const BATCH_LENGTH = 1 << 16;

/** Lines on their way to sinks: encoded and written once for all of them. */
export class LogBatch {
  private lines: string[] = [];
  private length = 0;

  constructor(private readonly sinks: readonly LogSink[]) {}

  /** Takes one line, as pino hands it over. */
  write(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    if (this.length > BATCH_LENGTH) this.flush();
  }

  /** Hands over what was gathered. */
  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    this.length = 0;
    const text = lines.join('');
    const bytes = Buffer.from(text);
    for (const sink of this.sinks) sink.write(text, bytes, lines.length);
  }
}
