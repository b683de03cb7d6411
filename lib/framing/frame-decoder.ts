import { Transform, type TransformCallback, type TransformOptions } from 'node:stream';
import type { FrameBatch } from './frame-batch';
import { type DecoderOutput, type FrameDecoderOptions, checkDecoderOptions } from './decoder-options';
import type { FrameError } from './frame-errors';
import { FrameParser } from './frame-parser';
import { Intake } from './intake';

/**
 * It hoards nothing: Node asks for more when the last of what was read out is being taken, so that an error cannot overtake the
 * frames before it.
 */
const STREAM_OPTIONS: TransformOptions = {
  readableObjectMode: true,
  readableHighWaterMark: 1,
  writableHighWaterMark: 1,
};
/** Not destroyed when its readable side has ended: what still arrives is to be discarded. */
const FAULT_TAKING_OPTIONS: TransformOptions = { ...STREAM_OPTIONS, autoDestroy: false };

const NOTHING = Buffer.alloc(0);

// The types of Node's pipeline take streams of strings and Buffers only: of batches they are told nothing.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Item<Output extends DecoderOutput> = Output extends 'batches' ? any : Buffer;

// Types what Readable's own method yields.
export interface FrameDecoder<Output extends DecoderOutput = 'payloads'> {
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<Item<Output>>;
}

/**
 * Bytes in, frames out: a Transform for any Duplex that carries `[4-byte big-endian length][payload]` frames.
 *
 * It reads out one Buffer a frame; with `output: 'batches'`, a FrameBatch for each chunk that completed frames, which costs
 * a fraction of that and is what FrameEncoder takes, too.
 *
 * Errors, unless `onFault` takes them, come after every frame that was good: FrameOversizeError (`ERR_FRAME_OVERSIZE`) for a
 * header over the limit, FrameTruncatedError (`ERR_FRAME_TRUNCATED`) for a stream that ended inside a frame.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above
export class FrameDecoder<Output extends DecoderOutput = 'payloads'> extends Transform {
  /** Whole frames that came so far. */
  frames = 0;
  /** When the frame began that is not whole yet, in ms as performance.now() counts; undefined between frames. */
  frameStartedAt: number | undefined;
  private readonly parser: FrameParser;
  private readonly intake = new Intake();
  private readonly readsPayloads: boolean;
  private readonly onFault: ((error: FrameError) => void) | undefined;

  /** @throws TypeError, RangeError for an option that is unknown or has no use, with its name and value */
  constructor(options: FrameDecoderOptions<Output> = {}) {
    checkDecoderOptions(options);
    const { maxPayload, output, onFault } = options;
    super(onFault === undefined ? STREAM_OPTIONS : FAULT_TAKING_OPTIONS);
    this.parser = new FrameParser(maxPayload);
    this.readsPayloads = output !== 'batches';
    this.onFault = onFault;
  }

  /** When the last bytes came, in ms as performance.now() counts; at first, when this stream was made. */
  get receivedAt(): number {
    return this.intake.lastAt;
  }

  /**
   * Ends the readable side after the frames that are whole by then, and discards what still arrives: what follows in a pipeline
   * finishes in order, while the source is still read, so that closing it causes no reset.
   * @param after bytes still to be taken in first; default 0
   */
  finish(after = 0): void {
    this.intake.limit(after);
    if (this.intake.isOver) this.push(null);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const bytes = this.intake.take(chunk);
    const { fault } = this.parser;
    if (fault !== undefined && bytes !== undefined) {
      callback(fault);
      return;
    }
    if (bytes !== undefined) this.decode(bytes);
    callback();
  }

  override _flush(callback: TransformCallback): void {
    const { parser, intake, onFault } = this;
    if (!intake.isOver) parser.end();
    const fault = intake.isOver ? undefined : parser.fault;
    if (fault !== undefined) onFault?.(fault);
    callback(onFault === undefined ? fault : undefined);
  }

  private decode(bytes: Buffer): void {
    const { parser, intake } = this;
    const batch = parser.feed(bytes);
    if (parser.have === 0) this.frameStartedAt = undefined;
    else if (batch !== undefined || this.frameStartedAt === undefined) this.frameStartedAt = intake.lastAt;
    if (batch !== undefined) this.readOut(batch);
    if (parser.fault !== undefined) this.raise(parser.fault);
    else if (intake.isOver) this.push(null);
  }

  private readOut(batch: FrameBatch): void {
    this.frames += batch.count;
    if (!this.readsPayloads) this.push(batch);
    else for (const payload of batch) this.push(payload);
  }

  /** Nothing more can be read. As an error it is raised by the next call of Node's, which comes when what is good has been taken. */
  private raise(fault: FrameError): void {
    if (this.onFault !== undefined) {
      this.finish();
      this.onFault(fault);
    } else if (!this.writableEnded) {
      this.write(NOTHING);
    }
  }
}
