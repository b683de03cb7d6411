import { FrameBatch, type InlineOptions, InlineTransform } from '../framing';

const STREAM_OPTIONS: InlineOptions = { objectMode: true, highWaterMark: 1, autoDestroy: false };

/** Told of each frame as it passes; only where someone listens, as it costs a look at every payload. */
export interface FrameObserver {
  received(payloadLength: number): void;
  sent(payloadLength: number): void;
}

/** The service itself: what comes in goes out. It counts the frames on their way. */
export class EchoTransform extends InlineTransform {
  /** Frames echoed so far. */
  frames = 0;

  constructor(private readonly observer?: FrameObserver) {
    super(STREAM_OPTIONS);
  }

  protected override accept(batch: unknown): boolean {
    if (!(batch instanceof FrameBatch)) return false;
    this.frames += batch.count;
    const { observer } = this;
    if (observer === undefined) {
      this.deliver(batch);
      return true;
    }
    for (const payload of batch) observer.received(payload.length);
    this.deliver(batch);
    for (const payload of batch) observer.sent(payload.length);
    return true;
  }
}
