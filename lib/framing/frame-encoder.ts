import type { TransformCallback, Writable } from 'node:stream';
import { FrameBatch, type Payload } from './frame-batch';
import { type InlineOptions, InlineTransform } from './inline-transform';

const STREAM_OPTIONS: InlineOptions = { writableObjectMode: true, writableHighWaterMark: 1, autoDestroy: false };

/**
 * Frames in, bytes out: the FrameDecoder's counterpart. It takes a FrameBatch, whose bytes it passes on as they are, or one
 * payload at a time (Buffer, Uint8Array, or string, sent as UTF-8), which it frames.
 *
 * Nothing is joined: the pieces of a batch leave in one writev(2), as the stream that this one is piped to is corked meanwhile.
 *
 * Errors: TypeError (`ERR_INVALID_ARG_TYPE`) for anything else, RangeError (`ERR_OUT_OF_RANGE`) for a payload over 4294967295 bytes.
 * @see https://man7.org/linux/man-pages/man2/writev.2.html
 */
export class FrameEncoder extends InlineTransform {
  private destination: Writable | undefined;

  constructor() {
    super(STREAM_OPTIONS);
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    super.pipe(destination, options);
    // Any Writable can be corked; an old-style stream can not.
    this.destination = 'cork' in destination ? (destination as unknown as Writable) : undefined;
    return destination;
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    this.destination = undefined;
    return super.unpipe(destination);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    let batch: FrameBatch;
    try {
      batch = chunk instanceof FrameBatch ? chunk : FrameBatch.of(chunk as Payload);
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.accept(batch);
    callback();
  }

  protected override accept(chunk: unknown): boolean {
    if (!(chunk instanceof FrameBatch)) return false;
    const { pieces } = chunk;
    if (pieces.length === 1) {
      this.deliver(pieces[0]);
      return true;
    }
    this.destination?.cork();
    for (const piece of pieces) this.deliver(piece);
    this.destination?.uncork();
    this.settle();
    return true;
  }
}
