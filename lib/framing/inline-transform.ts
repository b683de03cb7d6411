import { EventEmitter } from 'node:events';
import { Transform, type TransformCallback, type TransformOptions, type Writable } from 'node:stream';

type Listener = (...args: unknown[]) => void;
type WriteCallback = (error: Error | null | undefined) => void;

/** Made once for all streams of a kind, as thousands are made a second. */
export interface InlineOptions extends TransformOptions {
  /** There is nothing to be released at the end: not to destroy itself saves a stream a tick and two events. */
  autoDestroy: false;
}

/**
 * A Transform for work that is done at once: what it makes of a chunk is delivered before `write()` returns.
 *
 * Node's Transform spends two ticks and some allocations on each chunk, to allow for work that ends later. That is most of
 * what a pipeline of three costs a small message. Here, while the stream flows and holds nothing, a chunk goes straight
 * from `write()` to the 'data' listeners, and backpressure straight back: `write()` answers false when what it delivered made
 * the consumer pause, and 'drain' follows when that resumes. In every other state (paused, corked, a consumer that reads,
 * a write with a callback) it is Node's Transform, with high-water marks of one object, so that no stage hoards batches.
 *
 * 'close' comes where it is destroyed, not at its end.
 *
 * What a message of each of hundreds of connections has to look at is not in the processor's cache: the short way reads this
 * object's own fields and none of the streams' state objects.
 */
export abstract class InlineTransform extends Transform {
  /**
   * What holds, looked up once and again after whatever may have changed it: `inline` where a chunk may take the short way,
   * `linked` where the link to {@link next} is all that listens for 'data' then.
   */
  private way: 'unknown' | 'inline' | 'linked' = 'unknown';
  /** The one stream that `stream.pipeline` piped this one to. */
  private next: Writable | undefined;
  private drainOwed = false;
  private onDrain: (() => void) | undefined;

  protected constructor(options: InlineOptions) {
    super(options);
  }

  /**
   * Makes of a chunk what follows from it, and hands that to {@link InlineTransform.deliver}. False, with nothing done, for a
   * chunk of another kind than flows on this path: Node's way checks and converts it.
   */
  protected abstract accept(chunk: unknown): boolean;

  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    const asksNothing = encoding === undefined && callback === undefined;
    if (asksNothing && (this.way !== 'unknown' || this.findWay()) && this.accept(chunk)) {
      // Whoever listens for 'data' may have paused this stream.
      if (this.way !== 'unknown' || this.readableFlowing === true) return true;
      this.drainOwed = true;
      return false;
    }
    this.way = 'unknown';
    return super.write(chunk, encoding as BufferEncoding, callback);
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
    if (options?.end !== false || this.next !== undefined || !('writableNeedDrain' in destination)) {
      return super.pipe(destination, options);
    }
    this.next = destination as unknown as Writable;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- listeners are called with their emitter as `this`
    this.on('data', this.forward);
    if (this.next.writableNeedDrain) this.awaitDrain();
    destination.emit('pipe', this);
    return destination;
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    const { next } = this;
    if (next !== undefined && (destination === undefined || destination === next)) {
      // eslint-disable-next-line @typescript-eslint/unbound-method
      this.off('data', this.forward);
      if (this.onDrain) next.off('drain', this.onDrain);
      this.next = undefined;
      this.way = 'unknown';
      next.emit('unpipe', this);
    }
    return super.unpipe(destination);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (this.accept(chunk)) callback();
    else callback(new TypeError('not a chunk of the kind that this stream takes'));
  }

  /** What the stream reads out next: straight to who listens where nothing waits before it. */
  protected deliver(out: unknown): void {
    if (this.way === 'linked') this.forward(out);
    else if (this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null) {
      this.emit('data', out);
    } else {
      this.push(out);
    }
  }

  /** Looks anew whether the stream that this one is linked to holds back: to be called when that was uncorked. */
  protected settle(): void {
    if (this.next?.writableNeedDrain && !this.nextTookAll(this.next)) this.awaitDrain();
  }

  // What may change the way of a chunk. An error or a fault ends in one of these, too.

  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    this.way = 'unknown';
    // What Readable adds to EventEmitter's is for these two; most listeners are pipeline's, for others.
    if (event === 'data' || event === 'readable') return super.on(event, listener as Listener);
    EventEmitter.prototype.on.call(this, event, listener as Listener);
    return this;
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
    const isLinked = this.next !== undefined && this.readableEncoding === null && this.listenerCount('data') === 1;
    this.way = isLinked ? 'linked' : 'inline';
    return true;
  }

  private forward(chunk: unknown): void {
    const next = this.next as Writable; // it listens only while there is one
    if (!next.write(chunk) && !this.nextTookAll(next)) this.awaitDrain();
  }

  /** A chunk over the high-water mark that the kernel took at once is no reason to pause: nothing waits. */
  private nextTookAll(next: Writable): boolean {
    return !(next instanceof InlineTransform) && (next.writableCorked > 0 || next.writableLength === 0);
  }

  private awaitDrain(): void {
    this.onDrain ??= () => this.resume();
    this.pause();
    this.next?.once('drain', this.onDrain);
  }
}
