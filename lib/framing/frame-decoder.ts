import type { TransformCallback } from 'node:stream';
import type { FrameError } from './frame-errors';
import { FrameParser } from './frame-parser';
import { DEFAULT_MAX_PAYLOAD } from './header';
import type { InlineOptions } from './inline-transform';
import { Intake } from './intake';

const STREAM_OPTIONS: InlineOptions = { readableObjectMode: true, readableHighWaterMark: 1, autoDestroy: false };

export interface FrameDecoderOptions {
  /** The largest payload accepted, in bytes; default 65536. A header that announces more is refused on the header alone. */
  maxPayload?: number;
  /** What is read out: `batches` (the default) of frames, or `payloads`, one Buffer for each frame. */
  output?: 'batches' | 'payloads';
  /**
   * Given, a faulty stream raises no error, which would destroy the pipeline and with it what was already read: the fault is
   * handed over here, once, the readable side ends after the last whole frame, and what still arrives is discarded.
   */
  onFault?: (error: FrameError) => void;
}

/**
 * Bytes in, frames out: a Transform for any Duplex that carries `[4-byte big-endian length][payload]` frames.
 *
 * It reads out a FrameBatch for each chunk that completed frames; with `output: 'payloads'`, one Buffer a frame.
 *
 * Errors, unless `onFault` takes them, come after every frame that was good: FrameOversizeError (`ERR_FRAME_OVERSIZE`) for a
 * header over the limit, FrameTruncatedError (`ERR_FRAME_TRUNCATED`) for a stream that ended inside a frame.
 */
export class FrameDecoder extends Intake {
  override frameStartedAt: number | undefined;

  private readonly parser: FrameParser;
  private readonly payloads: boolean;
  private readonly onFault: ((error: FrameError) => void) | undefined;
  /** The error that follows what still waits to be read. */
  private pendingError: FrameError | undefined;

  constructor({ maxPayload = DEFAULT_MAX_PAYLOAD, output = 'batches', onFault }: FrameDecoderOptions = {}) {
    super(STREAM_OPTIONS);
    this.parser = new FrameParser(maxPayload);
    this.payloads = output === 'payloads';
    this.onFault = onFault;
  }

  override read(size?: number): unknown {
    const out: unknown = super.read(size);
    if (this.pendingError !== undefined && this.readableLength === 0) {
      const error = this.pendingError;
      this.pendingError = undefined;
      process.nextTick(() => this.destroy(error));
    }
    return out;
  }

  override _flush(callback: TransformCallback): void {
    const { parser } = this;
    if (this.remaining !== 0) {
      parser.end();
      if (parser.fault !== undefined) this.fail(parser.fault);
    }
    if (this.pendingError === undefined && !this.destroyed) callback();
  }

  protected override decode(chunk: Buffer): void {
    const { parser } = this;
    const batch = parser.feed(chunk);
    if (parser.have === 0) this.frameStartedAt = undefined;
    else if (batch !== undefined || this.frameStartedAt === undefined) this.frameStartedAt = this.receivedAt;
    if (batch !== undefined) {
      if (!this.payloads) this.deliver(batch);
      else for (const payload of batch) this.deliver(payload);
    }
    if (parser.fault !== undefined) this.fail(parser.fault);
  }

  /** Nothing more can be read; what was good goes first. */
  private fail(error: FrameError): void {
    this.frameStartedAt = undefined;
    if (this.onFault !== undefined) {
      this.finish();
      this.onFault(error);
      return;
    }
    this.remaining = 0;
    if (this.readableLength === 0) this.destroy(error);
    else this.pendingError = error;
  }
}
