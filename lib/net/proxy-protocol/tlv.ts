import { crc32c } from './crc32c';

/** Type, and length of the value in two bytes. */
const TLV_HEAD = 3;

/** The type of a CRC-32C over the whole header, its own four bytes as zeros. The others are passed over. */
const CRC32C = 0x03;
const CRC32C_LENGTH = 4;

/**
 * Whether the TLVs from `start` on fill `header` to its end, and a checksum among them is right.
 * @returns why not
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
