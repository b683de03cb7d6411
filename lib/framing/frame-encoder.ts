import { Transform, type TransformCallback, type TransformOptions, type Writable } from 'node:stream';
import { FrameBatch, type Payload } from './frame-batch';

const STREAM_OPTIONS: TransformOptions = {
  writableObjectMode: true,
  writableHighWaterMark: 1,
  readableHighWaterMark: 1,
};

export interface FrameEncoderOptions {
  /**
   * The stream that this one is piped to. It is corked while the pieces of a batch are written, so that they leave in
   * one writev(2). Default: none is corked.
   */
  destination?: Writable | undefined;
}

/**
 * Frames in, bytes out: the FrameDecoder's counterpart. A payload (Buffer, Uint8Array, or string, sent as UTF-8) is
 * framed; the bytes of a FrameBatch pass as they are. Nothing is joined or copied.
 *
 * Errors: TypeError (`ERR_INVALID_ARG_TYPE`) for anything else, RangeError (`ERR_OUT_OF_RANGE`) for a payload of more
 * than 4294967295 bytes.
 * @see https://man7.org/linux/man-pages/man2/writev.2.html
 */
export class FrameEncoder extends Transform {
  private readonly destination: Writable | undefined;

  constructor({ destination }: FrameEncoderOptions = {}) {
    super(STREAM_OPTIONS);
    this.destination = destination;
  }

  override _transform(chunk: FrameBatch | Payload, _encoding: BufferEncoding, callback: TransformCallback): void {
    let batch: FrameBatch;
    try {
      batch = chunk instanceof FrameBatch ? chunk : FrameBatch.of(chunk);
    } catch (error) {
      callback(error as Error);
      return;
    }
    const corked = batch.pieces.length > 1 ? this.destination : undefined;
    corked?.cork();
    for (const piece of batch.pieces) this.push(piece);
    corked?.uncork();
    callback();
  }
}
