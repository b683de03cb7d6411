/** Pieces shorter than this are gathered into larger buffers; longer ones are kept as they came. In bytes. */
const GATHER_BELOW = 2_048;
/** Smallest and largest buffer for small pieces, in bytes. */
const GATHER_MIN = 64;
const GATHER_MAX = 16_384;

/**
 * The bytes of an unfinished frame, in the pieces in which they came.
 *
 * Nothing is joined, which would be quadratic in the number of chunks, and nothing is reserved for an announced length.
 * Only small pieces are copied, each once, into buffers that grow with the bytes received. Kept as they came, a payload
 * that arrives byte by byte would cost hundreds of bytes for each of its bytes, and the short end of a large chunk
 * would keep the whole chunk in memory.
 */
export class PartialFrame {
  /** Bytes added so far. */
  byteLength = 0;
  private pieces: Buffer[] = [];
  /** The buffer for small pieces, of which the first `gathered` bytes are filled. */
  private gathering: Buffer | undefined;
  private gathered = 0;

  add(piece: Buffer): void {
    this.byteLength += piece.length;
    if (piece.length >= GATHER_BELOW) {
      this.seal();
      this.pieces.push(piece);
      return;
    }
    if (this.gathering === undefined || this.gathering.length - this.gathered < piece.length) {
      this.seal();
      const size = Math.min(Math.max(this.byteLength, piece.length, GATHER_MIN), GATHER_MAX);
      this.gathering = Buffer.allocUnsafe(size);
    }
    this.gathered += piece.copy(this.gathering, this.gathered);
  }

  /** Returns the pieces in order, and empties the frame. */
  take(): Buffer[] {
    this.seal();
    const { pieces } = this;
    this.pieces = [];
    this.byteLength = 0;
    return pieces;
  }

  private seal(): void {
    if (this.gathering === undefined) return;
    this.pieces.push(this.gathering.subarray(0, this.gathered));
    this.gathering = undefined;
    this.gathered = 0;
  }
}
