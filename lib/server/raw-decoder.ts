import { Intake } from '../framing';

/** The FrameDecoder's counterpart for an unframed echo: bytes pass as they come. */
export class RawDecoder extends Intake {
  override readonly frameStartedAt = undefined;

  constructor() {
    super({ readableObjectMode: false });
  }

  protected override decode(chunk: Buffer): void {
    this.deliver(chunk);
  }
}
