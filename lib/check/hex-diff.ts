import { firstDifference } from '../client/compare-reply';
import { HEX_ROW, hexRow } from '../text/hex-row';
import type { Transcript } from './transcript';

const ROWS_BEFORE = 1;
const ROWS_AFTER = 2;

/** The rows of `bytes` around offset `at`. */
function rowsAround(bytes: Buffer, at: number): string[] {
  const middle = Math.floor(at / HEX_ROW) * HEX_ROW;
  const from = Math.max(0, middle - ROWS_BEFORE * HEX_ROW);
  const rows: string[] = [];
  for (let row = from; row <= middle + ROWS_AFTER * HEX_ROW && row < bytes.length; row += HEX_ROW)
    rows.push(hexRow(bytes.subarray(row, row + HEX_ROW), row));
  return rows.length > 0 ? rows : ['(no byte)'];
}

/** A transcript in hex, around the first byte of the reply that is wrong. */
export function hexDiff({ sent, expected, got }: Transcript): {
  /** The offset of that byte in the reply. */
  at: number;
  sent: string[];
  expected: string[];
  got: string[];
} {
  const at = firstDifference(expected, got) ?? 0;
  return { at, sent: rowsAround(sent, at), expected: rowsAround(expected, at), got: rowsAround(got, at) };
}
