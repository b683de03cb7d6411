import { type InlineOptions, Intake } from '../framing';

const STREAM_OPTIONS: InlineOptions = { readableHighWaterMark: 1, autoDestroy: false };

/** The FrameDecoder's counterpart for an unframed echo: bytes pass as they come. */
export class RawDecoder extends Intake {
  override readonly frameStartedAt = undefined;

  constructor() {
    super(STREAM_OPTIONS);
  }

  protected override decode(chunk: Buffer): void {
    this.deliver(chunk);
  }
}
