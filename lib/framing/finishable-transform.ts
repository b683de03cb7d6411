import { Transform, type TransformCallback } from 'node:stream';

/** A Transform that can end its readable side early: what is written to it from then on is discarded. */
export abstract class FinishableTransform extends Transform {
  /** When the last bytes were written, as performance.now(), in ms; before that, when the stream was made. */
  receivedAt = performance.now();
  /** Bytes still accepted. */
  private remaining = Infinity;

  /**
   * Ends the readable side, and discards what is written from then on. The rest of a pipeline finishes in order, while
   * its source is still read: closing a socket with unread bytes would send a reset.
   * @param after bytes still to be accepted first; default 0. Of several calls the smallest counts.
   */
  finish(after = 0): void {
    this.remaining = Math.min(this.remaining, after);
    this.endIfFinished();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.receivedAt = performance.now();
    if (this.isFinished) {
      callback();
      return;
    }
    const accepted = chunk.length > this.remaining ? chunk.subarray(0, this.remaining) : chunk;
    this.remaining -= accepted.length;
    const error = this.accept(accepted);
    this.endIfFinished();
    callback(error);
  }

  /** Whether nothing is accepted any more. */
  protected get isFinished(): boolean {
    return this.remaining === 0;
  }

  /** Transforms bytes. @returns an error to end the stream with */
  protected abstract accept(bytes: Buffer): Error | undefined;

  private endIfFinished(): void {
    if (this.isFinished) this.push(null);
  }
}
