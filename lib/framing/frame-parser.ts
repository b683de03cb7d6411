import { FrameBatch } from './frame-batch';
import { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
import { HEADER_LENGTH, announcedLength } from './header';
import { PartialFrame } from './partial-frame';

/**
 * The wire's state machine: chunks in, whole frames out. It knows bytes and nothing of streams.
 *
 * ```
 *   chunks   [hdr][pay   load][hdr][payload][h   dr][payload]
 *   feed()   nothing     a batch of 2            a batch of 1
 * ```
 *
 * States: between frames (`have` is 0); in a header (`have` is under {@link HEADER_LENGTH}); in a payload; faulty, which
 * is final: what is fed then is not looked at.
 */
export class FrameParser {
  /** What was wrong with the stream, once something was. */
  fault: FrameError | undefined;
  /** Bytes of the frame that is coming, header included, that came so far; 0 between frames. */
  have = 0;
  private readonly partial = new PartialFrame();
  /** Bytes of the frame that is coming, header included; those of the header alone while that is not whole. */
  private need = HEADER_LENGTH;
  /** The value of the header's bytes that came so far. */
  private announced = 0;

  /** @param maxPayload the largest payload accepted, in bytes */
  constructor(readonly maxPayload: number) {}

  /** The frames that `chunk` completed, undefined where there are none. Chunks are kept, not copied: do not change them. */
  feed(chunk: Buffer): FrameBatch | undefined {
    if (this.fault !== undefined || chunk.length === 0) return undefined;
    const { have } = this;
    const { length } = chunk;
    let count = 0;
    let end = 0;
    let refused = false;
    if (have > 0) {
      end = this.endOfPartial(chunk, have);
      if (end === 0) return undefined;
      count = 1;
    }
    while (length - end >= HEADER_LENGTH) {
      const announced = announcedLength(chunk, end);
      if (announced > this.maxPayload) {
        this.refuse(announced);
        refused = true;
        break;
      }
      const next = end + HEADER_LENGTH + announced;
      if (next > length) break;
      end = next;
      count += 1;
    }
    const whole = end === length ? chunk : chunk.subarray(0, end);
    const pieces = have > 0 ? [...this.partial.take(), whole] : [whole];
    this.have = 0;
    if (end < length && !refused) this.startPartial(chunk.subarray(end));
    return count > 0 ? new FrameBatch(pieces, count, have + end) : undefined;
  }

  /** The stream has ended: a fault where that was inside a frame. */
  end(): void {
    if (this.have > 0) this.fault ??= new FrameTruncatedError(this.have, this.need);
  }

  /** A frame starts that is not whole: its first bytes. */
  private startPartial(bytes: Buffer): void {
    const inHeader = bytes.subarray(0, HEADER_LENGTH);
    this.announced = 0;
    for (const byte of inHeader) this.announced = this.announced * 0x100 + byte;
    this.need = inHeader.length < HEADER_LENGTH ? HEADER_LENGTH : HEADER_LENGTH + this.announced;
    this.keep(bytes);
  }

  /** Where in `chunk` the frame ends whose first `have` bytes came before; 0 where it does not, or never will. */
  private endOfPartial(chunk: Buffer, have: number): number {
    if (have < HEADER_LENGTH && !this.finishHeader(chunk, have)) return 0;
    const end = this.need - have;
    if (end <= chunk.length) return end;
    this.keep(chunk);
    return 0;
  }

  /** Reads on in a header of which `have` bytes came before; false where it is still not whole, or refused. */
  private finishHeader(chunk: Buffer, have: number): boolean {
    const inHeader = chunk.subarray(0, HEADER_LENGTH - have);
    for (const byte of inHeader) this.announced = this.announced * 0x100 + byte;
    if (have + inHeader.length < HEADER_LENGTH) {
      this.keep(chunk);
      return false;
    }
    if (this.announced > this.maxPayload) {
      this.refuse(this.announced);
      return false;
    }
    this.need = HEADER_LENGTH + this.announced;
    return true;
  }

  private keep(bytes: Buffer): void {
    this.partial.add(bytes);
    this.have += bytes.length;
  }

  private refuse(announced: number): void {
    this.fault = new FrameOversizeError(announced, this.maxPayload);
  }
}
