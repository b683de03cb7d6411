import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import { Intake } from '../framing/intake';

const STREAM_OPTIONS: TransformOptions = { highWaterMark: 1, autoDestroy: false };

/** The FrameDecoder's counterpart for an unframed echo: bytes pass as they come. */
export class RawDecoder extends Transform {
  readonly frames = 0;
  readonly frameStartedAt = undefined;
  private readonly intake = new Intake();

  constructor() {
    super(STREAM_OPTIONS);
  }

  /** As {@link FrameDecoder.receivedAt}. */
  get receivedAt(): number {
    return this.intake.lastAt;
  }

  /** As {@link FrameDecoder.finish}. */
  finish(after = 0): void {
    this.intake.limit(after);
    if (this.intake.isOver) this.push(null);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const bytes = this.intake.take(chunk);
    if (bytes !== undefined) {
      this.push(bytes);
      if (this.intake.isOver) this.push(null);
    }
    callback();
  }
}
