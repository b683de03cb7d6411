/** Bytes in a row. */
export const HEX_ROW = 16;

/** One row of up to 16 bytes as `hexdump -C` shows it: `00000010  00 00 00 05 68 65 6c 6c  6f                       |....hello|`. */
export function hexRow(bytes: Uint8Array, offset: number): string {
  const hex = Array.from(
    bytes,
    (byte, index) => (index === HEX_ROW / 2 ? ' ' : '') + byte.toString(16).padStart(2, '0'),
  );
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
  return `${offset.toString(16).padStart(8, '0')}  ${hex.join(' ').padEnd(HEX_ROW * 3)}  |${text}|`;
}
