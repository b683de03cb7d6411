/**
 * Payload sizes between `min` and `max` bytes, each as likely. Every run draws the same row, so that two runs compare.
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
