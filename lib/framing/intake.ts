/** What a decoder takes in: when bytes last came, and how many of those to come still count; the rest is discarded. */
export class Intake {
  /** When the last bytes came, in ms as performance.now() counts; at first, when this was made. */
  lastAt = performance.now();
  private left = Infinity;

  /** Whether nothing that comes counts any more. */
  get isOver(): boolean {
    return this.left === 0;
  }

  /** Lets at most so many bytes more count. */
  limit(bytes: number): void {
    this.left = Math.min(this.left, bytes);
  }

  /** Bytes have come: the part of them that counts; undefined where nothing does any more. */
  take(chunk: Buffer): Buffer | undefined {
    this.lastAt = performance.now();
    if (this.left === Infinity) return chunk;
    if (this.left === 0) return undefined;
    const counted = chunk.subarray(0, this.left);
    this.left -= counted.length;
    return counted;
  }
}
