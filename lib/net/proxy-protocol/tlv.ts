import { crc32c } from './crc32c';

/** Bytes before the value: one for the type, two for the length. */
const TLV_HEAD = 3;

/** The type of a CRC-32C over the whole header, with its own four bytes as zeros. Other types are ignored. */
const CRC32C = 0x03;
const CRC32C_LENGTH = 4;

/**
 * Checks that the TLVs from `start` fill `header` to its end, and that a checksum among them is right.
 * @returns what is wrong; undefined if nothing is
 */
export function checkTlvs(header: Buffer, start: number): string | undefined {
  let at = start;
  while (at < header.length) {
    const value = at + TLV_HEAD;
    const end = value > header.length ? Infinity : value + header.readUInt16BE(at + 1);
    if (end > header.length) return 'its last TLV is cut';
    if (header[at] === CRC32C) {
      if (end - value !== CRC32C_LENGTH) return `its checksum has ${end - value} bytes`;
      const zeroed = Buffer.from(header).fill(0, value, end);
      if (crc32c(zeroed) !== header.readUInt32BE(value)) return 'its checksum is wrong';
    }
    at = end;
  }
  return undefined;
}
