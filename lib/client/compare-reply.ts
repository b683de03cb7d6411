/** Offset of the first difference: the shorter length if one is a prefix of the other, undefined if they are equal. */
export function firstDifference(expected: Uint8Array, got: Uint8Array): number | undefined {
  if (Buffer.compare(expected, got) === 0) return undefined;
  const shorter = Math.min(expected.length, got.length);
  for (let offset = 0; offset < shorter; offset++) if (expected[offset] !== got[offset]) return offset;
  return shorter;
}

/** `0x0a` */
export const hexByte = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** How a reply differs from what was sent, in words; undefined if it does not. */
export function describeDifference(sent: Uint8Array, got: Uint8Array): string | undefined {
  const offset = firstDifference(sent, got);
  if (offset === undefined) return undefined;
  const [wanted, came] = [sent[offset], got[offset]];
  if (wanted === undefined || came === undefined) return `${sent.length} bytes were sent, ${got.length} came back`;
  return `byte ${offset} was sent as ${hexByte(wanted)} and came back as ${hexByte(came)}`;
}
