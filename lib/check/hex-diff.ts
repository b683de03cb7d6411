import type { Transcript } from './transcript';

const ROW = 16;
const ROWS_BEFORE = 1;
const ROWS_AFTER = 2;

/** Where `a` and `b` differ first: the length of the shorter where it starts the other; -1 where they are equal. */
export function firstDifference(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return at;
  return a.length === b.length ? -1 : shorter;
}

/** `00000010  00 00 00 05 68 65 6c 6c  6f                       |....hello|`, as `hexdump -C` writes it. */
function hexRow(bytes: Buffer, at: number): string {
  const row = bytes.subarray(at, at + ROW);
  const hex = Array.from({ length: ROW }, (_, i) =>
    row[i] === undefined ? '  ' : row[i].toString(16).padStart(2, '0'),
  );
  const text = row.toString('latin1').replace(/[^ -~]/g, '.');
  return `${at.toString(16).padStart(8, '0')}  ${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}  |${text}|`;
}

/** The rows of `bytes` around offset `at`. */
function hexAround(bytes: Buffer, at: number): string[] {
  const middle = Math.floor(at / ROW) * ROW;
  const from = Math.max(0, middle - ROWS_BEFORE * ROW);
  const rows: string[] = [];
  for (let row = from; row <= middle + ROWS_AFTER * ROW && row < bytes.length; row += ROW)
    rows.push(hexRow(bytes, row));
  return rows.length > 0 ? rows : ['(no byte)'];
}

/** The exchange around the first byte of the reply that is not what it had to be. */
export function hexDiff({ sent, expected, got }: Transcript): {
  at: number;
  sent: string[];
  expected: string[];
  got: string[];
} {
  const at = Math.max(0, firstDifference(expected, got));
  return { at, sent: hexAround(sent, at), expected: hexAround(expected, at), got: hexAround(got, at) };
}
