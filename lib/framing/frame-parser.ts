import { readMaxPayload } from './decoder-options';
import { FrameBatch } from './frame-batch';
import { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
import { HEADER_LENGTH, announcedLength } from './header';
import { PartialFrame } from './partial-frame';

/** So many bytes of a refused frame are kept, its header included, to tell what they may have been. */
const FIRST_BYTES = 32;

/**
 * - `head`: reading a header; all of it is missing between frames
 * - `data`: reading a payload
 * - `faulty`: final; what is fed then is not looked at
 */
type State = 'head' | 'data' | 'faulty';

/**
 * The wire's state machine: chunks in, whole frames out. It knows bytes and nothing of streams.
 *
 * ```
 *   chunks   [hdr][pay   load][hdr][payload][h   dr][payload]
 *   feed()   nothing     a batch of 2            a batch of 1
 *   state    data        head, 3 missing         head, 4 missing
 * ```
 */
export class FrameParser {
  /** What was wrong with the stream, once something was. */
  fault: FrameError | undefined;
  readonly maxPayload: number;
  private state: State = 'head';
  /** Bytes of the header or of the payload, as `state` says, that have not come yet. */
  private missing = HEADER_LENGTH;
  /** The value of the header's bytes that came so far. */
  private announced = 0;
  /** What has come of the frame that is not whole yet; made with the first such frame. */
  private partial: PartialFrame | undefined;

  /**
   * @param maxPayload the largest payload accepted, in bytes; default 65536
   * @throws TypeError, RangeError where that is no whole number from 0 to 4294967295
   */
  constructor(maxPayload?: number) {
    this.maxPayload = readMaxPayload(maxPayload);
  }

  /** Bytes of the unfinished frame that came so far, header included; 0 between frames. */
  get have(): number {
    return this.partial?.byteLength ?? 0;
  }

  /** The frames that `chunk` completed, undefined where there are none. Chunks are kept, not copied: do not change them. */
  feed(chunk: Buffer): FrameBatch | undefined {
    if (this.state === 'faulty' || chunk.length === 0) return undefined;
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
    const pieces = have > 0 ? [...this.takePartial(), whole] : [whole];
    if (end < length && this.fault === undefined) this.beginFrame(chunk.subarray(end));
    return count > 0 ? new FrameBatch(pieces, count, have + end) : undefined;
  }

  /** The stream has ended: a fault where that was inside a frame. */
  end(): void {
    if (this.have === 0 || this.state === 'faulty') return;
    const need = this.state === 'head' ? HEADER_LENGTH : this.have + this.missing;
    this.fault = new FrameTruncatedError(this.have, need);
    this.state = 'faulty';
  }

  private expectFrame(): void {
    this.state = 'head';
    this.missing = HEADER_LENGTH;
    this.announced = 0;
  }

  /** Takes the first bytes of a frame that is not whole. */
  private beginFrame(bytes: Buffer): void {
    this.readHeader(bytes);
    if (this.state === 'data') this.missing -= bytes.length - HEADER_LENGTH;
    this.keep(bytes);
  }

  /** Where in `chunk` the frame ends that began in an earlier one; 0 where it does not, or is refused. */
  private continueFrame(chunk: Buffer): number {
    const headerBytes = this.state === 'head' ? this.readHeader(chunk) : 0;
    if (this.state === 'data') {
      const end = headerBytes + this.missing;
      if (this.announced > this.maxPayload) {
        this.refuse(this.announced, Buffer.concat([...this.takePartial(), chunk]));
        return 0;
      }
      if (end <= chunk.length) {
        this.expectFrame();
        return end;
      }
      this.missing = end - chunk.length;
    }
    this.keep(chunk);
    return 0;
  }

  /** Reads on in a header; returns how many of the bytes were the header's. */
  private readHeader(bytes: Buffer): number {
    const taken = Math.min(this.missing, bytes.length);
    for (let at = 0; at < taken; at++) this.announced = this.announced * 0x100 + (bytes[at] as number);
    this.missing -= taken;
    if (this.missing > 0) return taken;
    this.state = 'data';
    this.missing = this.announced;
    return taken;
  }

  private keep(bytes: Buffer): void {
    this.partial ??= new PartialFrame();
    this.partial.add(bytes);
  }

  private takePartial(): Buffer[] {
    return this.partial?.take() ?? [];
  }

  private refuse(announced: number, bytes: Buffer): void {
    const firstBytes = Buffer.from(bytes.subarray(0, FIRST_BYTES)); // a copy: a view would keep the whole chunk
    this.fault = new FrameOversizeError(announced, this.maxPayload, firstBytes);
    this.state = 'faulty';
  }
}
