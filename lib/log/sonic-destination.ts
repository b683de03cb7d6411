import { SonicBoom } from 'sonic-boom';
import type { Destination, DestinationObserver } from './destination';

/** One write may take everything that waits: a turn of the loop must be enough, however many lines it logged. */
const MAX_WRITE = 1 << 24;

/** Written to make sonic-boom try again what failed: it does so only when it takes something. */
const NOTHING = Buffer.alloc(0);

/**
 * Writes to a file or a terminal in libuv's threads, so that a slow disk does not block the event loop. Buffering, the limit and
 * the next try after an error are sonic-boom's.
 *
 * Its reopen() is not used: after an attempt that failed, the next one closes the old descriptor twice, and by then the number may
 * belong to a client's socket (4.2.1). It also holds back lines while it opens, and the new path may be a pipe.
 */
export class SonicDestination implements Destination {
  isBusy = false;
  state: Destination['state'] = 'good';
  private readonly sonic: SonicBoom;
  private drops = 0;

  /** @param maxPending bytes that may wait */
  constructor(target: number | string, maxPending: number, observer: DestinationObserver) {
    const options = { append: true, sync: false, contentMode: 'buffer', maxWrite: MAX_WRITE } as const;
    this.sonic = new SonicBoom({ ...options, maxLength: maxPending, dest: target });
    let isOpen = typeof target === 'number';
    this.sonic.on('ready', () => {
      isOpen = true;
      observer.ready();
    });
    this.sonic.on('drop', () => (this.drops += 1));
    const drained = (): void => {
      this.isBusy = false;
      this.state = 'good';
      observer.drained();
    };
    this.sonic.on('drain', drained);
    this.sonic.on('finish', drained);
    this.sonic.on('error', (error: NodeJS.ErrnoException) => {
      const again = this.state !== 'good';
      this.state = isOpen && error.code !== 'EPIPE' ? 'failing' : 'lost';
      observer.failed(error, again);
    });
  }

  write(chunk: Buffer): boolean {
    const { drops } = this;
    this.sonic.write(chunk as unknown as string); // its types do not know the buffer mode
    const isTaken = this.drops === drops; // `drop` is emitted within write()
    if (isTaken) this.isBusy = true;
    else this.retry();
    return isTaken;
  }

  retry(): void {
    if (this.state === 'failing') this.sonic.write(NOTHING as unknown as string);
  }

  end(): void {
    if (this.state !== 'lost') this.sonic.end();
  }
}
