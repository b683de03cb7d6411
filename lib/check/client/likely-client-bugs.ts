import { protocolOf } from '../../errors/looks-like';
import { HEADER_LENGTH } from '../wire';

interface SentBug {
  readonly words: string;
  /** Whether it explains the bytes from the start of what is no frame. */
  fits(bytes: Buffer): boolean;
}

const PRINTABLE = /^[\t\n\r\x20-\x7e]{4}/;

/** Common bugs of clients in what they send, the more specific first. */
const sentBugs: readonly SentBug[] = [
  {
    words: 'the length was sent in little-endian order: use big-endian (htonl, "!I", BigEndian)',
    fits: (bytes) => isStreamOf(bytes, HEADER_LENGTH, (at) => bytes.readUInt32LE(at)),
  },
  {
    words: 'the length was sent with two bytes instead of four',
    fits: (bytes) => isStreamOf(bytes, 2, (at) => bytes.readUInt16BE(at)),
  },
  {
    words: 'the length counts the header: it must count the payload only',
    fits: (bytes) => bytes.length > HEADER_LENGTH && bytes.readUInt32BE(0) === bytes.length,
  },
  {
    words: 'the payload was sent without a header: send its length first, in four bytes',
    fits: (bytes) => PRINTABLE.test(bytes.toString('latin1')),
  },
  {
    words: 'a line end was sent after the payload (println, "\\n"): send nothing between frames',
    fits: (bytes) => /^\r?\n/.test(bytes.toString('latin1')),
  },
  {
    words: 'a NUL was sent after the payload: send nothing between frames',
    fits: (bytes) => bytes[0] === 0 && bytes.length < HEADER_LENGTH,
  },
];

/** Whether the bytes are whole frames, the first of them not empty, if headers of that size are read in that way. */
function isStreamOf(bytes: Buffer, headerLength: number, lengthAt: (at: number) => number): boolean {
  let at = 0;
  while (at + headerLength <= bytes.length) {
    const length = lengthAt(at);
    if (at === 0 && length === 0) return false;
    at += headerLength + length;
  }
  return at > 0 && at === bytes.length;
}

/** The likely bug of a client that sent these bytes where a frame should start; undefined where they do not show it. */
export function likelySentBug(bytes: Buffer): string | undefined {
  const protocol = protocolOf(bytes);
  if (protocol !== undefined) return `it sent what looks like ${protocol}: another protocol`;
  return sentBugs.find((bug) => bug.fits(bytes))?.words;
}
