import { HEADER_LENGTH, announcedLength, frameHeader } from './header';

/** A payload to be sent. A string is sent as UTF-8. */
export type Payload = string | Uint8Array;

/**
 * Whole frames as they are on the wire, still in the buffers in which they arrived.
 *
 * ```
 *   piece 0        piece 1                      piece 2
 *   [hdr][payl]    [oad][hdr][payload][hdr]     [payload]
 *   `--- frame 1 -----' `-- frame 2 -' `--- frame 3 ---'
 * ```
 *
 * The pieces, one after another, are the frames, headers included: an echo passes them on untouched. Iterating a batch
 * yields its payloads; it can be iterated several times.
 */
export class FrameBatch implements Iterable<Buffer> {
  /**
   * Nothing is checked here. To make a batch from payloads, use {@link FrameBatch.of}.
   * @param pieces wire bytes that start and end at frame boundaries
   * @param count number of frames
   * @param byteLength bytes in all pieces, headers included
   */
  constructor(
    readonly pieces: readonly Buffer[],
    readonly count: number,
    readonly byteLength: number,
  ) {}

  /**
   * Frames the payloads. Their bytes are not copied, except those of strings.
   * @throws {TypeError} (`ERR_INVALID_ARG_TYPE`) for anything but a string or Uint8Array
   * @throws {RangeError} (`ERR_OUT_OF_RANGE`) for a payload of more than 4294967295 bytes
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

  /**
   * Yields each payload in order: a view if it lies in one piece, a copy if it is spread over several.
   * @throws {RangeError} if the pieces hold fewer bytes than `count` frames need
   */
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

/** Reads bytes from a list of pieces. */
class PieceReader {
  private index = 0;
  private offset = 0;

  constructor(private readonly pieces: readonly Buffer[]) {}

  take(length: number): Buffer {
    const piece = this.pieces[this.index];
    if (piece !== undefined && piece.length - this.offset >= length) {
      const taken = piece.subarray(this.offset, this.offset + length);
      this.advance(piece, length);
      return taken;
    }
    const taken = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length;) {
      const from = this.pieces[this.index];
      if (from === undefined) throw new RangeError('a FrameBatch holds fewer bytes than its frames need');
      const copied = from.copy(taken, filled, this.offset); // no more than `taken` has room for
      filled += copied;
      this.advance(from, copied);
    }
    return taken;
  }

  private advance(piece: Buffer, length: number): void {
    this.offset += length;
    if (this.offset === piece.length) {
      this.index += 1;
      this.offset = 0;
    }
  }
}
