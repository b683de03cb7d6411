import type { LogSink } from './log-sink';

/** Under load, the lines of this many milliseconds go out in one write; after a pause, those of one turn of the loop. */
const BATCH_MS = 20;
/** Lines that add up to this many characters go out at once. */
const BATCH_LENGTH = 1 << 16;

/** Gathers lines, so that many cost one encoding and one write; what its sinks have in common is done once. */
export class LogBatch {
  private lines: string[] = [];
  private length = 0;
  private scheduled = false;
  private lastFlush = 0;

  constructor(private readonly sinks: readonly LogSink[]) {}

  /** Takes one line, as pino hands it over. */
  write(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    if (this.length > BATCH_LENGTH) this.flush();
    else if (!this.scheduled) this.schedule();
  }

  /** Hands over what was gathered. */
  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    this.length = 0;
    this.lastFlush = performance.now();
    const text = lines.join('');
    const bytes = Buffer.from(text);
    for (const sink of this.sinks) sink.write(text, bytes, lines.length);
  }

  private schedule(): void {
    this.scheduled = true;
    const run = (): void => {
      this.scheduled = false;
      this.flush();
    };
    const wait = this.lastFlush + BATCH_MS - performance.now();
    if (wait > 0) setTimeout(run, wait);
    else setImmediate(run);
  }
}
