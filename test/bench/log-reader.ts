import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** A collector behind a slow link: so many bytes at a time, so often. */
const SLOW_BYTES = 65_536;
const SLOW_EVERY_MS = 250;

/** What became of the lines of a log that went through a pipe. */
export interface LinesRead {
  /** That arrived, whole. */
  readonly lines: number;
  /** That the server told it had dropped. */
  readonly dropped: number;
}

/** How whoever stands at the pipe's other end reads; resolves when `stop` is aborted. */
export type Reading = (stream: Readable, take: (bytes: Buffer) => void, stop: AbortSignal) => Promise<void>;

const untilStopped = async (stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));

export const readings = {
  /** As fast as lines come. */
  fast: async (stream, take, stop) => {
    stream.on('data', take);
    await untilStopped(stop);
  },
  slow: async (stream, take, stop) => {
    while (!stop.aborted) {
      const bytes = stream.read(Math.min(SLOW_BYTES, stream.readableLength)) as Buffer | null;
      if (bytes !== null) take(bytes);
      await setTimeout(SLOW_EVERY_MS);
    }
  },
  never: async (_stream, _take, stop) => untilStopped(stop),
} as const satisfies Record<string, Reading>;

/** Counts the lines of a log as they come. */
export class LineCounter {
  private rest = '';
  private lines = 0;
  private dropped = 0;

  take(bytes: Buffer): void {
    const lines = (this.rest + bytes.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    this.lines += lines.length;
    for (const line of lines) {
      if (!line.includes('"event":"log_dropped"')) continue;
      const { path, count } = JSON.parse(line) as { path: string; count: number };
      if (path === 'standard output') this.dropped += count;
    }
  }

  get read(): LinesRead {
    return { lines: this.lines, dropped: this.dropped };
  }
}
