import type { TransformOptions } from 'node:stream';
import { FinishableTransform } from '../framing/finishable-transform';

const STREAM_OPTIONS: TransformOptions = { highWaterMark: 1, autoDestroy: false };

/** The FrameDecoder's counterpart for an unframed echo: bytes pass as they come. */
export class RawDecoder extends FinishableTransform {
  readonly frames = 0;
  readonly frameStartedAt = undefined;

  constructor() {
    super(STREAM_OPTIONS);
  }

  protected override accept(bytes: Buffer): undefined {
    this.push(bytes);
  }
}
