/** Under load, what comes within this many milliseconds is handed over together; after a pause, what one turn of the loop brings. */
const GATHER_MS = 20;
/** So many are handed over at once. */
const GATHER_COUNT = 256;

/**
 * Gathers what is logged, so that many events are rendered in one go, when the code for it is in the processor's caches, and
 * cost one encoding and one write. Rendered one by one, between the system calls of a connection, they cost twice as much.
 */
export class LogQueue<Item> {
  private items: Item[] = [];
  private isScheduled = false;
  private lastFlush = 0;

  /** @param handOver takes what was gathered, in order */
  constructor(private readonly handOver: (items: readonly Item[]) => void) {}

  push(item: Item): void {
    if (this.items.push(item) >= GATHER_COUNT) this.flush();
    else if (!this.isScheduled) this.schedule();
  }

  /** Hands over what was gathered. */
  flush(): void {
    const { items } = this;
    if (items.length === 0) return;
    this.items = [];
    this.lastFlush = performance.now();
    this.handOver(items);
  }

  private schedule(): void {
    this.isScheduled = true;
    const run = (): void => {
      this.isScheduled = false;
      this.flush();
    };
    const wait = this.lastFlush + GATHER_MS - performance.now();
    if (wait > 0) setTimeout(run, wait);
    else setImmediate(run);
  }
}
