/** Bytes that are told of what came, and looked at. */
const SHOWN = 16;

/* eslint-disable no-control-regex -- the bytes of binary protocols are control characters */
/** What a protocol's first bytes are: a pattern of them as Latin-1 text, where a character is a byte. */
const signatures: readonly { readonly name: string; readonly start: RegExp }[] = [
  { name: 'HTTP response', start: /^HTTP(\/|$)/ },
  { name: 'HTTP/2 request', start: /^PRI( |$)/ },
  { name: 'PROXY protocol', start: /^PROX(Y|$)|^\r\n\r\n(\0|$)/ },
  { name: 'HTTP request', start: /^(GET |PUT |HEAD|POST|PATC|DELE|OPTI|CONN|TRAC)/ },
  { name: 'TLS ClientHello', start: /^\x16\x03[\x00-\x04]/ },
  { name: 'TLS alert', start: /^\x15\x03[\x00-\x04]/ },
  { name: 'SSH banner', start: /^SSH-/ },
  { name: 'SMTP command', start: /^(EHLO|HELO|LHLO)/i },
  { name: 'SMTP or FTP greeting', start: /^220[ -]/ },
  { name: 'POP3 greeting', start: /^\+OK / },
  { name: 'IMAP greeting', start: /^\* OK/ },
  { name: 'Redis command', start: /^\*\d{1,2}\r/ },
  { name: 'JSON', start: /^\s*[{[]\s*["{[]/ },
  { name: 'text', start: /^[\t\n\r\x20-\x7e]{4}/ },
];
/* eslint-enable no-control-regex */

/** The first bytes in hex, as an event shows them. */
export function firstBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SHOWN)).toString('hex');
}

/**
 * What bytes look like that came where a frame had to begin, for one who sees only that their length is too large.
 * @param bytes from the header on: its four bytes do, more tell no less
 * @param maxPayload the largest length that would have been good
 * @returns a protocol's name, `little-endian length`, `text`; `undefined` where the bytes tell nothing
 */
export function looksLike(bytes: Uint8Array, maxPayload: number): string | undefined {
  const start = Buffer.from(bytes.subarray(0, SHOWN));
  const text = start.toString('latin1');
  const known = signatures.find((signature) => signature.start.test(text));
  if (known) return known.name;
  const length = start.length < 4 ? 0 : start.readUInt32LE();
  return length > 0 && length <= maxPayload ? 'little-endian length' : undefined;
}
