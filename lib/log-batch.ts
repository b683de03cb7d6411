import type { LogSink } from './log-sink';

/** Lines on their way to sinks: encoded and written once for all of them. */
export class LogBatch {
  private lines: string[] = [];

  constructor(private readonly sinks: readonly LogSink[]) {}

  /** Takes one line, as pino hands it over. */
  write(line: string): void {
    this.lines.push(line);
  }

  /** Hands over what was gathered. */
  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    const text = lines.join('');
    const bytes = Buffer.from(text);
    for (const sink of this.sinks) sink.write(text, bytes, lines.length);
  }
}
