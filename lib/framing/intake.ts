import { InlineTransform } from './inline-transform';

/**
 * The first stage after a byte stream: it knows what came and when, for whoever guards the stream, and it can end what
 * follows it in good order while the source is still read.
 */
export abstract class Intake extends InlineTransform {
  /** When the last bytes came, in whole ms as performance.now() counts; at first, when this stage was made. */
  receivedAt = Math.ceil(performance.now());
  /** Of the bytes to come, how many still count; the rest is discarded. Undefined: all. */
  protected remaining: number | undefined;
  private isReleased = false;

  /** Since when a frame is on its way that is not whole, as {@link Intake.receivedAt} counts; undefined between frames. */
  abstract get frameStartedAt(): number | undefined;

  /** Makes of a chunk that counts what follows from it. */
  protected abstract decode(chunk: Buffer): void;

  /**
   * Ends the readable side, and discards what arrives from then on: what follows in the pipeline finishes in order, while
   * the source is still read, so that closing it causes no reset.
   * @param after bytes still to be taken in first; default 0
   */
  finish(after = 0): void {
    if (this.remaining === 0) return;
    this.remaining = after;
    if (after === 0) this.push(null);
  }

  /** Its source was taken from it: that this ends is no concern of what follows any more. */
  release(): void {
    this.isReleased = true;
  }

  override end(...args: never[]): this {
    return this.isReleased ? this : super.end(...args);
  }

  protected override accept(chunk: unknown): boolean {
    if (!Buffer.isBuffer(chunk)) return false;
    this.receivedAt = Math.ceil(performance.now());
    const { remaining } = this;
    if (remaining === undefined) {
      this.decode(chunk);
    } else if (remaining > chunk.length) {
      this.remaining = remaining - chunk.length;
      this.decode(chunk);
    } else if (remaining > 0) {
      this.decode(chunk.subarray(0, remaining));
      this.finish();
    }
    return true;
  }
}
