/**
 * Uniformly distributed payload sizes from `min` to `max` bytes. Every run draws the same sequence, so that runs can be compared.
 * @returns draws the next size
 * @see https://en.wikipedia.org/wiki/Xorshift
 */
export function messageSizes({ min, max }: { readonly min: number; readonly max: number }): () => number {
  if (min === max) return () => min;
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return min + Math.floor(((state >>> 0) / 0x1_0000_0000) * (max - min + 1));
  };
}
