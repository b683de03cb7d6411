import type { Destination, DestinationObserver } from './destination';

/** What a sink reports to the log. */
export interface SinkObserver {
  /** It cannot be opened or written. Reported once, until it works again. */
  unavailable(error: NodeJS.ErrnoException): void;
  /** It works again, but this many lines were lost. */
  dropped(lines: number): void;
  /** Called before the destination is replaced: the lines gathered so far belong to the old one. */
  flush(): void;
}

/** One output of the log. Survives every failure, counts the lines that are lost, and can be reopened. */
export class LogSink {
  private current: Destination;
  /** Replaced, but not done with what they were given. */
  private readonly retired = new Set<Destination>();
  /** Called when a destination is done, or fails. */
  private readonly waiting = new Map<Destination, () => void>();
  private droppedLines = 0;
  /** Lines given to the current destination since it was last drained. */
  private pendingLines = 0;

  /**
   * @param open opens the destination; {@link reopen} calls it again
   * @param format converts JSON lines to what is written; default: unchanged
   */
  constructor(
    private readonly open: (observer: DestinationObserver) => Destination,
    private readonly observer: SinkObserver,
    private readonly format?: (lines: string) => string,
  ) {
    this.current = this.connect();
  }

  /** Writes lines, given as text and as bytes. They are dropped together if there is no room for all of them. */
  write(text: string, bytes: Buffer, lines: number): void {
    const chunk = this.format ? Buffer.from(this.format(text)) : bytes;
    const isTaken = this.current.state !== 'lost' && this.current.write(chunk);
    if (isTaken) this.pendingLines += lines;
    else this.droppedLines += lines;
  }

  /** Opens the destination again. Lines go to the old one until the new one is open; if it never is, the old one stays. */
  reopen(): void {
    const next: Destination = this.connect(() => {
      this.observer.flush();
      this.retired.add(this.current);
      this.current.end();
      this.current = next;
      this.pendingLines = 0;
      this.reportDropped();
    });
  }

  /** Resolves when every line is written, or cannot be. */
  async drain(): Promise<void> {
    this.current.retry();
    const busy = [this.current, ...this.retired].filter(({ isBusy, state }) => isBusy && state !== 'lost');
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
        this.reportDropped();
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

  private reportDropped(): void {
    if (this.droppedLines === 0) return;
    const lines = this.droppedLines;
    this.droppedLines = 0;
    this.observer.dropped(lines);
  }
}
