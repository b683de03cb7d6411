import type { Writable } from 'node:stream';
import type { Destination, DestinationObserver } from './destination';

/**
 * Writes to a pipe or a socket when the event loop finds it writable. sonic-boom would block a thread in write(2) until someone
 * reads, and process.exit() waits for that thread; without blocking it tries every 100 ms, which is slower than any reader.
 */
export class StreamDestination implements Destination {
  state: Destination['state'] = 'good';

  /** @param maxPending bytes that may wait */
  constructor(
    private readonly stream: Writable,
    private readonly maxPending: number,
    private readonly observer: DestinationObserver,
  ) {
    stream.on('error', (error) => {
      this.state = 'lost';
      observer.failed(error, false);
    });
  }

  get isBusy(): boolean {
    return this.stream.writableLength > 0;
  }

  write(chunk: Buffer): boolean {
    if (this.stream.writableLength + chunk.length > this.maxPending) return false;
    this.stream.write(chunk, (error) => {
      if (!error && !this.isBusy) this.observer.drained();
    });
    return true;
  }

  retry(): void {
    // a stream that failed is lost
  }

  end(): void {
    this.stream.end();
  }
}
