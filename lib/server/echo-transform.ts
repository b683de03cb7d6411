import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';

const STREAM_OPTIONS: TransformOptions = { objectMode: true, highWaterMark: 1 };

/** The echo: everything written is read out again, unchanged. Takes batches as well as payloads. */
export class EchoTransform extends Transform {
  constructor() {
    super(STREAM_OPTIONS);
  }

  override _transform(frames: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    callback(null, frames);
  }
}
