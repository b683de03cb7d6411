/** Bytes of a frame's header: the payload's length, unsigned, big-endian. */
export const HEADER_LENGTH = 4;

/** The largest length that a header can announce, in bytes. */
export const MAX_ANNOUNCED = 0xffff_ffff;

/** The largest payload accepted where nothing else is said, in bytes. */
export const DEFAULT_MAX_PAYLOAD = 65_536;

/**
 * A frame's header.
 * @param length payload bytes, 0 to 4294967295
 * @throws RangeError (`ERR_OUT_OF_RANGE`) where the length does not fit the header
 */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_LENGTH);
  header.writeUInt32BE(length);
  return header;
}

/** The payload length that the header at `offset` announces; the four bytes must be there. */
export function announcedLength(bytes: Uint8Array, offset: number): number {
  // Plain indexing: in the decoder's loop it is several times as fast as readUInt32BE.
  return (
    (bytes[offset] as number) * 0x100_0000 +
    (((bytes[offset + 1] as number) << 16) | ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number))
  );
}
