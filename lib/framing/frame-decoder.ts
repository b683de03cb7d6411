import type { TransformCallback, TransformOptions } from 'node:stream';
import { type DecoderOutput, type FrameDecoderOptions, checkDecoderOptions } from './decoder-options';
import { FinishableTransform } from './finishable-transform';
import type { FrameBatch } from './frame-batch';
import type { FrameError } from './frame-errors';
import { FrameParser } from './frame-parser';

/**
 * Nothing is buffered: Node asks for the next chunk only when the last frame is being read, so that an error cannot
 * overtake the frames before it.
 */
const STREAM_OPTIONS: TransformOptions = {
  readableObjectMode: true,
  readableHighWaterMark: 1,
  writableHighWaterMark: 1,
};
/** With `onFault`, the stream outlives the end of its readable side, to discard what still arrives. */
const FAULT_TAKING_OPTIONS: TransformOptions = { ...STREAM_OPTIONS, autoDestroy: false };

const NOTHING = Buffer.alloc(0);

// Node types pipeline for streams of strings and Buffers only, so that batches have to pass as any.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Item<Output extends DecoderOutput> = Output extends 'batches' ? any : Buffer;

// Types what Readable's own iterator yields.
export interface FrameDecoder<Output extends DecoderOutput = 'payloads'> {
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<Item<Output>>;
}

/**
 * Bytes in, frames out: a Transform for any Duplex that carries `[4-byte big-endian length][payload]` frames.
 *
 * It yields a Buffer for each payload. With `output: 'batches'` it yields a FrameBatch for each chunk that completed
 * frames, which is many times cheaper for small frames; FrameEncoder takes either.
 *
 * Errors come after all good frames, unless `onFault` takes them: FrameOversizeError (`ERR_FRAME_OVERSIZE`) for a
 * header over the limit, FrameTruncatedError (`ERR_FRAME_TRUNCATED`) for a stream that ended inside a frame. Who writes
 * by hand has to wait for 'drain' before end(), as pipe and pipeline do: once it has been ended, a Transform of Node's
 * takes what is still queued without waiting for its reader, and an error discards what is not yet read.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above
export class FrameDecoder<Output extends DecoderOutput = 'payloads'> extends FinishableTransform {
  /** Whole frames decoded so far. */
  frames = 0;
  /** When the first byte of the unfinished frame came, as performance.now(), in ms; undefined between frames. */
  frameStartedAt: number | undefined;
  private readonly parser: FrameParser;
  private readonly readsPayloads: boolean;
  private readonly onFault: ((error: FrameError) => void) | undefined;

  /**
   * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
   *   `ERR_INVALID_ARG_TYPE`)
   * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
   */
  constructor(options: FrameDecoderOptions<Output> = {}) {
    checkDecoderOptions(options);
    const { maxPayload, output, onFault } = options;
    super(onFault === undefined ? STREAM_OPTIONS : FAULT_TAKING_OPTIONS);
    this.parser = new FrameParser(maxPayload);
    this.readsPayloads = output !== 'batches';
    this.onFault = onFault;
  }

  override _flush(callback: TransformCallback): void {
    if (this.isFinished) {
      callback();
      return;
    }
    this.parser.end();
    const { fault } = this.parser;
    if (fault !== undefined) this.onFault?.(fault);
    callback(this.onFault === undefined ? fault : undefined);
  }

  protected override accept(bytes: Buffer): FrameError | undefined {
    const { parser } = this;
    const { fault } = parser;
    if (fault !== undefined) return fault;
    const batch = parser.feed(bytes);
    if (parser.have === 0) this.frameStartedAt = undefined;
    else if (batch !== undefined || this.frameStartedAt === undefined) this.frameStartedAt = this.receivedAt;
    if (batch !== undefined) this.pushFrames(batch);
    if (parser.fault !== undefined) this.report(parser.fault);
    return undefined;
  }

  private pushFrames(batch: FrameBatch): void {
    this.frames += batch.count;
    if (!this.readsPayloads) this.push(batch);
    else for (const payload of batch) this.push(payload);
  }

  /**
   * Without `onFault`, the next call of `_transform` fails with the fault: Node makes it only when the good frames have
   * been read. The empty write causes that call even if the source sends nothing more.
   */
  private report(fault: FrameError): void {
    if (this.onFault !== undefined) {
      this.finish();
      this.onFault(fault);
    } else if (!this.writableEnded) {
      this.write(NOTHING);
    }
  }
}
