/** ms. Under load, items are collected for so long; after a pause, for one turn of the event loop. */
const GATHER_MS = 20;
/** With so many items it does not wait any longer. */
const GATHER_COUNT = 256;

/**
 * Collects log events, to render many of them in a row and to write them at once. Rendered one by one, between the system calls of
 * a connection, they cost twice as much, because the code is no longer in the processor's caches.
 */
export class LogQueue<Item> {
  private items: Item[] = [];
  private isScheduled = false;
  private lastFlush = 0;

  /** @param handOver called with the items, in order */
  constructor(private readonly handOver: (items: readonly Item[]) => void) {}

  push(item: Item): void {
    if (this.items.push(item) >= GATHER_COUNT) this.flush();
    else if (!this.isScheduled) this.schedule();
  }

  /** Hands over all items now. */
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
