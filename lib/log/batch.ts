import type { LogSink } from './sink';

/** Characters. A longer batch is written at once, because a sink takes or drops a batch as a whole. */
const MAX_LENGTH = 1 << 16;

/** Collects lines for its sinks, so that they are encoded once and written together. */
export class LogBatch {
  private lines: string[] = [];
  private length = 0;

  constructor(private readonly sinks: readonly LogSink[]) {}

  /** Called by pino with one line. */
  write(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    if (this.length > MAX_LENGTH) this.flush();
  }

  /** Writes the lines to all sinks. */
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
