/** Length of a frame's header, in bytes. It is the payload's length, unsigned, big-endian. */
export const HEADER_LENGTH = 4;

/** Largest payload length that a header can announce, in bytes. */
export const MAX_ANNOUNCED = 0xffff_ffff;

/** Largest payload accepted by default, in bytes. */
export const DEFAULT_MAX_PAYLOAD = 65_536;

/**
 * Makes a frame's header.
 * @param length payload bytes, 0 to 4294967295
 * @throws {RangeError} (`ERR_OUT_OF_RANGE`) if the length does not fit into the header
 */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_LENGTH);
  header.writeUInt32BE(length);
  return header;
}

/** Reads the payload length from the header at `offset`, all of which must be there. */
export function announcedLength(bytes: Uint8Array, offset: number): number {
  // Plain indexing is several times as fast as readUInt32BE in the parser's loop.
  return (
    (bytes[offset] as number) * 0x100_0000 +
    (((bytes[offset + 1] as number) << 16) | ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number))
  );
}
