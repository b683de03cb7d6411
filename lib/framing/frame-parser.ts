import { readMaxPayload } from './decoder-options';
import { FrameBatch } from './frame-batch';
import { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
import { HEADER_LENGTH, announcedLength } from './header';
import { PartialFrame } from './partial-frame';

/** Bytes of a refused frame kept for the error, header included. */
const FIRST_BYTES = 32;

/**
 * - `head`: reading a header, or between frames
 * - `data`: reading a payload
 * - `faulty`: final; bytes are ignored
 */
type State = 'head' | 'data' | 'faulty';

/**
 * The state machine of the wire format: chunks in, whole frames out. It knows bytes, not streams.
 *
 * ```
 *   chunks   [hdr][pay   load][hdr][payload][h   dr][payload]
 *   feed()   nothing     a batch of 2            a batch of 1
 *   state    data        head, 3 missing         head, 4 missing
 * ```
 */
export class FrameParser {
  /** The error that ended parsing; undefined as long as the stream is good. */
  fault: FrameError | undefined;
  readonly maxPayload: number;
  private state: State = 'head';
  /** Bytes of the header (`head`) or the payload (`data`) that have not arrived yet. */
  private missing = HEADER_LENGTH;
  /** Value of the header bytes read so far. */
  private announced = 0;
  /** The bytes of the unfinished frame. */
  private readonly partial = new PartialFrame();

  /**
   * @param maxPayload largest payload accepted, in bytes, 0 to 4294967295; default 65536
   * @throws {TypeError} (`ERR_INVALID_ARG_TYPE`) if it is not a number
   * @throws {RangeError} (`ERR_OUT_OF_RANGE`) if it is not a whole number in that range
   */
  constructor(maxPayload?: number) {
    this.maxPayload = readMaxPayload(maxPayload);
  }

  /** Bytes of the unfinished frame that have arrived, header included; 0 between frames. */
  get have(): number {
    return this.partial.byteLength;
  }

  /**
   * Parses the next chunk. A chunk is kept, not copied: do not change it afterwards.
   * @returns the frames that it completed; undefined if there are none, or once there is a {@link fault}
   */
  feed(chunk: Buffer): FrameBatch | undefined {
    if (this.state === 'faulty') return undefined;
    const { have } = this;
    let end = 0;
    let count = 0;
    if (have > 0) {
      end = this.continueFrame(chunk);
      if (end === 0) return undefined;
      count = 1;
    }
    const { length } = chunk;
    while (length - end >= HEADER_LENGTH) {
      const announced = announcedLength(chunk, end);
      if (announced > this.maxPayload) {
        this.refuse(announced, chunk.subarray(end));
        break;
      }
      const next = end + HEADER_LENGTH + announced;
      if (next > length) break;
      end = next;
      count += 1;
    }
    const whole = end === length ? chunk : chunk.subarray(0, end);
    const pieces = [...this.partial.take(), whole];
    if (end < length && this.fault === undefined) this.beginFrame(chunk.subarray(end));
    return count > 0 ? new FrameBatch(pieces, count, have + end) : undefined;
  }

  /** Ends the stream: inside a frame, that is a {@link fault}. A second call does nothing. */
  end(): void {
    if (this.have === 0 || this.fault !== undefined) return;
    this.fault = new FrameTruncatedError(this.have, this.have + this.missing);
    this.state = 'faulty';
  }

  private expectFrame(): void {
    this.state = 'head';
    this.missing = HEADER_LENGTH;
    this.announced = 0;
  }

  /** Keeps the first bytes of an unfinished frame. */
  private beginFrame(bytes: Buffer): void {
    this.readHeader(bytes);
    if (this.state === 'data') this.missing -= bytes.length - HEADER_LENGTH;
    this.partial.add(bytes);
  }

  /**
   * Continues a frame that began in an earlier chunk. Returns where in `chunk` it ends; 0 if it does not, or is
   * refused.
   */
  private continueFrame(chunk: Buffer): number {
    const headerBytes = this.state === 'head' ? this.readHeader(chunk) : 0;
    if (this.state === 'data') {
      const end = headerBytes + this.missing;
      if (this.announced > this.maxPayload) {
        this.refuse(this.announced, Buffer.concat([...this.partial.take(), chunk]));
        return 0;
      }
      if (end <= chunk.length) {
        this.expectFrame();
        return end;
      }
      this.missing = end - chunk.length;
    }
    this.partial.add(chunk);
    return 0;
  }

  /** Reads more of a header. Returns how many of the bytes belong to it. */
  private readHeader(bytes: Buffer): number {
    const taken = Math.min(this.missing, bytes.length);
    for (let at = 0; at < taken; at++) this.announced = this.announced * 0x100 + (bytes[at] as number);
    this.missing -= taken;
    if (this.missing > 0) return taken;
    this.state = 'data';
    this.missing = this.announced;
    return taken;
  }

  private refuse(announced: number, bytes: Buffer): void {
    const firstBytes = Buffer.from(bytes.subarray(0, FIRST_BYTES)); // a copy: a view would keep the whole chunk
    this.fault = new FrameOversizeError(announced, this.maxPayload, firstBytes);
    this.state = 'faulty';
  }
}
