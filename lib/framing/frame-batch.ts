import { HEADER_LENGTH, announcedLength, frameHeader } from './header';

/** What a payload can be given as; a string is sent as UTF-8. */
export type Payload = string | Uint8Array;

/**
 * Whole frames as they stand on the wire, still in the buffers that they arrived in.
 *
 * ```
 *   piece 0        piece 1                      piece 2
 *   [hdr][payl]    [oad][hdr][payload][hdr]     [payload]
 *   `--- frame 1 -----' `-- frame 2 -' `--- frame 3 ---'
 * ```
 *
 * The pieces, one after another, are the frames, headers included: an echo passes them on untouched. Who needs
 * payloads iterates the batch; that finds them as it goes, so that a batch costs no list of ends.
 */
export class FrameBatch implements Iterable<Buffer> {
  /**
   * @param pieces wire bytes that start and end at frame boundaries
   * @param count how many frames they hold
   * @param byteLength how many bytes they hold, headers included
   */
  constructor(
    readonly pieces: readonly Buffer[],
    readonly count: number,
    readonly byteLength: number,
  ) {}

  /**
   * The batch of these payloads, framed.
   * @throws RangeError (`ERR_OUT_OF_RANGE`) for a payload of more than 4294967295 bytes
   */
  static of(...payloads: Payload[]): FrameBatch {
    const pieces: Buffer[] = [];
    let byteLength = 0;
    for (const payload of payloads) {
      const bytes = asBuffer(payload);
      pieces.push(frameHeader(bytes.length));
      if (bytes.length > 0) pieces.push(bytes);
      byteLength += HEADER_LENGTH + bytes.length;
    }
    return new FrameBatch(pieces, payloads.length, byteLength);
  }

  /** Each payload in order: a view where it lies in one piece, a copy where it is spread over several. */
  *[Symbol.iterator](): IterableIterator<Buffer> {
    const reader = new PieceReader(this.pieces);
    for (let frame = 0; frame < this.count; frame++) {
      yield reader.take(announcedLength(reader.take(HEADER_LENGTH), 0));
    }
  }
}

function asBuffer(payload: Payload): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Takes bytes off the front of a row of pieces. */
class PieceReader {
  private index = 0;
  private offset = 0;

  constructor(private readonly pieces: readonly Buffer[]) {}

  take(length: number): Buffer {
    const piece = this.pieces[this.index];
    if (piece !== undefined && piece.length - this.offset >= length) {
      const taken = piece.subarray(this.offset, this.offset + length);
      this.advance(length);
      return taken;
    }
    const taken = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length;) {
      const from = this.pieces[this.index];
      if (from === undefined) throw new RangeError('a FrameBatch holds fewer bytes than its count announces');
      const copied = from.copy(taken, filled, this.offset, this.offset + length - filled);
      filled += copied;
      this.advance(copied);
    }
    return taken;
  }

  private advance(length: number): void {
    this.offset += length;
    if (this.offset === this.pieces[this.index]?.length) {
      this.index += 1;
      this.offset = 0;
    }
  }
}
