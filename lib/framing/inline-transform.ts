import { Transform, type TransformCallback } from 'node:stream';

type WriteCallback = (error: Error | null | undefined) => void;

/**
 * A Transform for work that is done at once: what it makes of a chunk is delivered before `write()` returns.
 *
 * Node's Transform spends two ticks and some allocations on each chunk, to allow for work that ends later. That is most of
 * what a pipeline of three costs a small message. Here, while the stream flows and holds nothing, a chunk goes straight
 * from `write()` to the 'data' listeners, and backpressure straight back: `write()` answers false when what it delivered made
 * the consumer pause, and 'drain' follows when that resumes. In every other state (paused, corked, a consumer that reads,
 * a write with a callback) it is Node's Transform, with high-water marks of one object, so that no stage hoards batches.
 */
export abstract class InlineTransform extends Transform {
  private drainOwed = false;

  /** Whether a chunk is of the kind that flows on this path; others take Node's, which checks and converts them. */
  protected abstract isNative(chunk: unknown): boolean;

  /** Makes of a chunk what follows from it, and hands that to {@link InlineTransform.deliver}. */
  protected abstract convert(chunk: unknown): void;

  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    if (
      encoding !== undefined ||
      this.readableFlowing !== true ||
      this.readableLength > 0 ||
      this.writableLength > 0 ||
      this.writableCorked > 0 ||
      !this.writable ||
      !this.isNative(chunk)
    ) {
      return super.write(chunk, encoding as BufferEncoding, callback);
    }
    this.convert(chunk);
    // The 'data' listeners may have paused this stream: the compiler cannot know.
    if (this.isFlowing()) return true;
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

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.convert(chunk);
    callback();
  }

  /** What the stream reads out next: straight to the 'data' listeners where nothing waits before it. */
  protected deliver(out: unknown): void {
    if (this.readableFlowing === true && this.readableLength === 0 && this.readableEncoding === null) {
      this.emit('data', out);
    } else {
      this.push(out);
    }
  }

  private isFlowing(): boolean {
    return this.readableFlowing === true;
  }
}
