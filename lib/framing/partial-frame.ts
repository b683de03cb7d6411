/** Pieces shorter than this are gathered into larger ones; others are kept as they came. In bytes. */
const GATHER_BELOW = 2_048;
/** The smallest and the largest buffer that small pieces are gathered in, in bytes. */
const GATHER_MIN = 64;
const GATHER_MAX = 16_384;

/**
 * The bytes of a frame that is not yet whole, as the pieces in which they came.
 *
 * Nothing is joined, which would be quadratic in the number of chunks, and nothing is reserved for an announced length.
 * Small pieces alone are copied, each once, into buffers that grow with what was received: a payload that trickles in byte
 * by byte would cost hundreds of bytes of bookkeeping for each of them otherwise, and a short end of a large chunk would
 * keep the whole chunk alive.
 */
export class PartialFrame {
  /** Bytes that came so far. */
  byteLength = 0;
  private pieces: Buffer[] = [];
  /** Where small pieces are gathered; its first `gathered` bytes are filled. */
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

  /** The pieces in order; the frame is empty afterwards. */
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
