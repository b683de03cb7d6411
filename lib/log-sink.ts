import type { Destination, DestinationObserver } from './log-destination';

/** Under load, the lines of this many milliseconds go out in one write; after a pause, those of one turn of the loop. */
const BATCH_MS = 20;
/** Lines that add up to this many characters go out at once. */
const BATCH_LENGTH = 1 << 16;
/** Bytes that wait for a destination that takes none; past it lines are dropped and counted. */
const MAX_PENDING = 4 << 20;

/** What a sink tells the log. */
export interface SinkObserver {
  /** It cannot be opened or written; told once, until it works again. */
  unavailable(error: NodeJS.ErrnoException): void;
  /** It works again, and so many lines are missing from it. */
  dropped(lines: number): void;
}

/** One destination of the log: gathers lines into few writes, holds a bounded number of bytes, survives every failure. */
export class LogSink {
  private current: Destination;
  /** Replaced, and still writing what they were given. */
  private readonly retired = new Set<Destination>();
  /** Who waits for a destination to be done or to fail. */
  private readonly waiting = new Map<Destination, () => void>();
  private batch = '';
  private batchLines = 0;
  private droppedLines = 0;
  private scheduled = false;
  private lastFlush = 0;

  /**
   * @param open makes the destination; {@link reopen} calls it again
   * @param format turns JSON lines into what is written, where that is something else
   */
  constructor(
    private readonly open: (observer: DestinationObserver) => Destination,
    private readonly observer: SinkObserver,
    private readonly format?: (lines: string) => string,
  ) {
    this.current = this.connect();
  }

  /** Takes one line, as pino hands it over. */
  write(line: string): void {
    this.batch += line;
    this.batchLines++;
    if (this.batch.length > BATCH_LENGTH) this.flush();
    else if (!this.scheduled) this.schedule();
  }

  /** Opens the destination anew. Lines go to the old one until the new one is open, and for good if it never is. */
  reopen(): void {
    const next: Destination = this.connect(() => {
      this.flush();
      this.retired.add(this.current);
      this.current.end();
      this.current = next;
      this.tellDropped();
    });
  }

  /** Resolves when every line is out, or cannot be. */
  async drain(): Promise<void> {
    this.flush();
    if (this.current.state === 'failing') this.current.write(Buffer.alloc(0)); // one more try for what it kept
    const busy = [this.current, ...this.retired].filter(({ pending, state }) => pending > 0 && state !== 'lost');
    await Promise.all(busy.map((destination) => new Promise<void>((done) => this.waiting.set(destination, done))));
  }

  /** Gives the descriptor back, after what is pending. */
  end(): void {
    this.current.end();
  }

  private connect(ready: () => void = () => undefined): Destination {
    const settled = (): void => {
      this.waiting.get(destination)?.();
      this.waiting.delete(destination);
      this.retired.delete(destination);
    };
    const destination = this.open({
      ready,
      drained: () => {
        settled();
        if (destination === this.current) this.tellDropped();
      },
      failed: (error, again) => {
        settled();
        if (!again) this.observer.unavailable(error);
      },
    });
    return destination;
  }

  private schedule(): void {
    this.scheduled = true;
    const wait = this.lastFlush + BATCH_MS - performance.now();
    if (wait > 0) setTimeout(() => this.flush(), wait);
    else setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    if (this.batchLines === 0) return;
    const chunk = Buffer.from(this.format?.(this.batch) ?? this.batch);
    if (this.current.state === 'lost' || this.current.pending + chunk.length > MAX_PENDING) {
      this.droppedLines += this.batchLines;
    } else {
      this.current.write(chunk);
    }
    this.batch = '';
    this.batchLines = 0;
    this.lastFlush = performance.now();
  }

  private tellDropped(): void {
    if (this.droppedLines === 0) return;
    const lines = this.droppedLines;
    this.droppedLines = 0;
    this.observer.dropped(lines);
  }
}
