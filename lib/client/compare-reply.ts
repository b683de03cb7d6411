/** Where `got` first differs from `expected`: an offset, the shorter one's length where one begins with the other; undefined where they are equal. */
export function firstDifference(expected: Uint8Array, got: Uint8Array): number | undefined {
  if (Buffer.compare(expected, got) === 0) return undefined;
  const shorter = Math.min(expected.length, got.length);
  for (let offset = 0; offset < shorter; offset++) if (expected[offset] !== got[offset]) return offset;
  return shorter;
}

/** A byte as people read it: `0x0a`. */
export const hexByte = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** How a reply differs from what was sent, in words; undefined where it does not. */
export function describeDifference(sent: Uint8Array, got: Uint8Array): string | undefined {
  const offset = firstDifference(sent, got);
  if (offset === undefined) return undefined;
  const [wanted, came] = [sent[offset], got[offset]];
  if (wanted === undefined || came === undefined) return `${sent.length} bytes were sent, ${got.length} came back`;
  return `byte ${offset} was sent as ${hexByte(wanted)} and came back as ${hexByte(came)}`;
}
