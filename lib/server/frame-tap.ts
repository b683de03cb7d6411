import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import { FrameBatch, type Payload } from '../framing';

const STREAM_OPTIONS: TransformOptions = { objectMode: true, highWaterMark: 1 };

/**
 * Tells the payload length of each frame that passes. In a pipeline only where that is wanted, as it costs a look at
 * every payload.
 */
export class FrameTap extends Transform {
  constructor(private readonly tell: (payloadLength: number) => void) {
    super(STREAM_OPTIONS);
  }

  override _transform(frames: FrameBatch | Payload, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (frames instanceof FrameBatch) for (const { length } of frames) this.tell(length);
    else this.tell(Buffer.byteLength(frames));
    callback(null, frames);
  }
}
