import type { Destination, DestinationObserver } from './destination';

/** What a sink tells the log. */
export interface SinkObserver {
  /** It cannot be opened or written; told once, until it works again. */
  unavailable(error: NodeJS.ErrnoException): void;
  /** It works again, and so many lines are missing from it. */
  dropped(lines: number): void;
  /** Lines that were gathered are wanted now, before the destination is replaced. */
  flush(): void;
}

/** One destination of the log: holds a bounded number of bytes, survives every failure, can be opened anew. */
export class LogSink {
  private current: Destination;
  /** Replaced, and still writing what they were given. */
  private readonly retired = new Set<Destination>();
  /** Who waits for a destination to be done or to fail. */
  private readonly waiting = new Map<Destination, () => void>();
  private droppedLines = 0;
  /** Lines that the current destination was given and has not said to be out. */
  private pendingLines = 0;

  /**
   * @param open makes the destination; {@link reopen} calls it again
   * @param maxPending bytes that wait for a destination that takes none; past it lines are dropped and counted
   * @param format turns JSON lines into what is written, where that is something else
   */
  constructor(
    private readonly open: (observer: DestinationObserver) => Destination,
    private readonly maxPending: number,
    private readonly observer: SinkObserver,
    private readonly format?: (lines: string) => string,
  ) {
    this.current = this.connect();
  }

  /** Takes lines, as text and as bytes. */
  write(text: string, bytes: Buffer, lines: number): void {
    const chunk = this.format ? Buffer.from(this.format(text)) : bytes;
    const { pending, state } = this.current;
    if (state === 'lost' || pending + chunk.length > this.maxPending) {
      this.droppedLines += lines;
    } else {
      this.pendingLines += lines;
      this.current.write(chunk);
    }
  }

  /** Opens the destination anew. Lines go to the old one until the new one is open, and for good if it never is. */
  reopen(): void {
    const next: Destination = this.connect(() => {
      this.observer.flush();
      this.retired.add(this.current);
      this.current.end();
      this.current = next;
      this.pendingLines = 0;
      this.tellDropped();
    });
  }

  /** Resolves when every line is out, or cannot be. */
  async drain(): Promise<void> {
    if (this.current.state === 'failing') this.current.write(Buffer.alloc(0)); // one more try for what it kept
    const busy = [this.current, ...this.retired].filter(({ pending, state }) => pending > 0 && state !== 'lost');
    await Promise.all(busy.map((destination) => new Promise<void>((done) => this.waiting.set(destination, done))));
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
        if (destination !== this.current) return;
        this.pendingLines = 0;
        this.tellDropped();
      },
      failed: (error, again) => {
        settled();
        if (destination === this.current && destination.state === 'lost') {
          this.droppedLines += this.pendingLines;
          this.pendingLines = 0;
        }
        if (!again) this.observer.unavailable(error);
      },
    });
    return destination;
  }

  private tellDropped(): void {
    if (this.droppedLines === 0) return;
    const lines = this.droppedLines;
    this.droppedLines = 0;
    this.observer.dropped(lines);
  }
}
