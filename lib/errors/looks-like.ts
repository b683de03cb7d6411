/** Bytes that are examined and logged. */
const SHOWN = 16;

/* eslint-disable no-control-regex -- the bytes of binary protocols are control characters */
/** The first bytes of protocols, matched as Latin-1 text: one character is one byte. */
const protocols: readonly { readonly name: string; readonly start: RegExp }[] = [
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
];
const TEXT = /^[\t\n\r\x20-\x7e]{4}/;
/* eslint-enable no-control-regex */

/** The first bytes in hex, for `first_bytes`. */
export function firstBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SHOWN)).toString('hex');
}

const asLatin1 = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, SHOWN)).toString('latin1');

/** The protocol that starts with these bytes: `HTTP request`, `TLS ClientHello` …; undefined if unknown. */
export function protocolOf(bytes: Uint8Array): string | undefined {
  const start = asLatin1(bytes);
  return protocols.find((protocol) => protocol.start.test(start))?.name;
}

/**
 * What the bytes of a refused header look like, to explain an announced length that makes no sense.
 * @param bytes from the header on; its four bytes are enough
 * @param maxPayload the largest length that is accepted
 * @returns the name of a protocol, `text`, `little-endian length`, or `undefined`
 */
export function looksLike(bytes: Uint8Array, maxPayload: number): string | undefined {
  const protocol = protocolOf(bytes);
  if (protocol !== undefined) return protocol;
  if (TEXT.test(asLatin1(bytes))) return 'text';
  const length = bytes.length < 4 ? 0 : Buffer.from(bytes.subarray(0, 4)).readUInt32LE();
  return length > 0 && length <= maxPayload ? 'little-endian length' : undefined;
}

/** Whether bytes look like a frame of less than 16 MiB, if something else was expected. */
export const looksLikeFrame = (bytes: Uint8Array): boolean => bytes.length >= 4 && bytes[0] === 0;
