import { Transform, type TransformCallback, type TransformOptions, type Writable } from 'node:stream';

type Listener = (...args: unknown[]) => void;
type WriteCallback = (error: Error | null | undefined) => void;

/**
 * A Transform for work that is done at once: what it makes of a chunk is delivered before `write()` returns.
 *
 * Node's Transform spends two ticks and some allocations on each chunk, to allow for work that ends later. That is most of
 * what a pipeline of three costs a small message. Here, while the stream flows and holds nothing, a chunk goes straight
 * from `write()` to the 'data' listeners, and backpressure straight back: `write()` answers false when what it delivered made
 * the consumer pause, and 'drain' follows when that resumes. In every other state (paused, corked, a consumer that reads,
 * a write with a callback) it is Node's Transform, with high-water marks of one object, so that no stage hoards batches.
 *
 * It holds nothing that has to be released, so it does not destroy itself at its end, which saves a connection a tick
 * and two events a stage; 'close' comes where it is destroyed.
 */
export abstract class InlineTransform extends Transform {
  private drainOwed = false;
  private link: Link | undefined;
  /**
   * What holds, looked up once and again after whatever may have changed it: `inline` where a chunk may take the short way,
   * `linked` where the link is all that listens for 'data' then. One field, as a message of each of hundreds of connections
   * finds the streams' state objects out of the processor's cache.
   */
  private way: 'unknown' | 'inline' | 'linked' = 'unknown';

  constructor(options: TransformOptions) {
    super({ ...options, autoDestroy: false });
  }

  /** Whether a chunk is of the kind that flows on this path; others take Node's, which checks and converts them. */
  protected abstract isNative(chunk: unknown): boolean;

  /** Makes of a chunk what follows from it, and hands that to {@link InlineTransform.deliver}. */
  protected abstract convert(chunk: unknown): void;

  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    if (encoding !== undefined || !this.isNative(chunk) || (this.way === 'unknown' && !this.findWay())) {
      this.way = 'unknown';
      return super.write(chunk, encoding as BufferEncoding, callback);
    }
    this.convert(chunk);
    // Whoever listens for 'data' may have paused this stream.
    if (this.readableFlowing === true) return true;
    this.drainOwed = true;
    return false;
  }

  override resume(): this {
    super.resume();
    if (this.drainOwed) {
      this.drainOwed = false;
      this.emit('drain');
    }
    return this;
  }

  /**
   * As Readable's. The way `stream.pipeline` pipes, which watches both ends itself, is a link with one listener instead of
   * the seven that `pipe` adds and removes for each connection.
   */
  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    if (options?.end !== false || this.link !== undefined || !('writableNeedDrain' in destination)) {
      return super.pipe(destination, options);
    }
    this.link = new Link(this, destination as unknown as Writable);
    destination.emit('pipe', this);
    return destination;
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    if (this.link !== undefined && (destination === undefined || destination === this.link.destination)) {
      this.link.cut();
      this.link = undefined;
      this.way = 'unknown';
    }
    return super.unpipe(destination);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.convert(chunk);
    callback();
  }

  /** What the stream reads out next: straight to who listens where nothing waits before it. */
  protected deliver(out: unknown): void {
    if (this.way === 'linked') this.link?.forward(out);
    else if (this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null) {
      this.emit('data', out);
    } else {
      this.push(out);
    }
  }

  /** Looks anew whether the destination holds back, after it was uncorked. */
  protected settle(): void {
    this.link?.settle();
  }

  // What may change the way of a chunk. An error or a fault ends in one of these, too.

  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    this.way = 'unknown';
    return super.on(event, listener as Listener);
  }

  override addListener(event: string | symbol, listener: (...args: never[]) => void): this {
    return this.on(event, listener);
  }

  override pause(): this {
    this.way = 'unknown';
    return super.pause();
  }

  override cork(): void {
    this.way = 'unknown';
    super.cork();
  }

  override end(...args: never[]): this {
    this.way = 'unknown';
    return super.end(...args);
  }

  override destroy(error?: Error): this {
    this.way = 'unknown';
    return super.destroy(error);
  }

  private findWay(): boolean {
    if (
      this.readableFlowing !== true ||
      this.readableLength > 0 ||
      this.writableLength > 0 ||
      this.writableCorked > 0 ||
      !this.writable
    ) {
      return false;
    }
    const isLinked = this.link !== undefined && this.readableEncoding === null && this.listenerCount('data') === 1;
    this.way = isLinked ? 'linked' : 'inline';
    return true;
  }
}

/** A pipe to one destination, for as long as `pipeline` holds the two together. */
class Link {
  private readonly isInline: boolean;

  constructor(
    private readonly source: InlineTransform,
    readonly destination: Writable,
  ) {
    this.isInline = destination instanceof InlineTransform;
    source.on('data', this.onData);
    if (destination.writableNeedDrain) this.awaitDrain();
  }

  forward(chunk: unknown): void {
    if (!this.destination.write(chunk) && !this.tookAll()) this.awaitDrain();
  }

  /** To be called when a corked destination was uncorked: until then it holds everything, whoever takes it. */
  settle(): void {
    if (this.destination.writableNeedDrain && !this.tookAll()) this.awaitDrain();
  }

  cut(): void {
    this.source.off('data', this.onData);
    this.destination.off('drain', this.onDrain);
    this.destination.emit('unpipe', this.source);
  }

  private readonly onData = (chunk: unknown): void => {
    this.forward(chunk);
  };

  private readonly onDrain = (): void => {
    this.source.resume();
  };

  /** A chunk over the high-water mark that the kernel took at once is no reason to pause: nothing waits. */
  private tookAll(): boolean {
    const { destination } = this;
    return !this.isInline && (destination.writableCorked > 0 || destination.writableLength === 0);
  }

  private awaitDrain(): void {
    this.source.pause();
    this.destination.once('drain', this.onDrain);
  }
}
