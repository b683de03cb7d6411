import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import { FrameBatch, type Payload } from '../framing';

const STREAM_OPTIONS: TransformOptions = { objectMode: true, highWaterMark: 1 };

/** Reports the length of each payload that passes. Costs a look at every payload, so it is used only for debug logs. */
export class FrameTap extends Transform {
  constructor(private readonly report: (payloadLength: number) => void) {
    super(STREAM_OPTIONS);
  }

  override _transform(frames: FrameBatch | Payload, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (frames instanceof FrameBatch) for (const { length } of frames) this.report(length);
    else this.report(Buffer.byteLength(frames));
    callback(null, frames);
  }
}
