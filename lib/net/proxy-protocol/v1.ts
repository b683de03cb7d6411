import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from './address';
import { type ParsedHeader, type Route, invalid } from './proxy-header';

/**
 * Version 1 is a line of text:
 *
 * ```
 * PROXY TCP4 192.0.2.1 192.0.2.2 56324 9900\r\n
 *       TCP6 source    destination
 *       UNKNOWN   anything until the line ends
 * ```
 * @see https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt section 2.1
 */
export const V1_SIGNATURE = Buffer.from('PROXY ');

/** Bytes of the longest line, including CRLF. */
const MAX_LINE = 107;

const CR = 0x0d;
const LF = 0x0a;

/** A decimal number without leading zeros. */
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const HIGHEST_PORT = 65_535;

/** Whether a text is an address, by the word for its family. A zone (`%eth0`) means nothing on another machine. */
const families: Readonly<Record<string, (text: string) => boolean>> = {
  TCP4: isIPv4,
  TCP6: (text) => isIPv6(text) && !text.includes('%'),
};

/** @param bytes everything received, starting with the signature */
export function parseV1(bytes: Buffer): ParsedHeader {
  const end = bytes.subarray(0, MAX_LINE).findIndex((byte) => byte === CR || byte === LF);
  const isCut = end === -1 || (bytes[end] === CR && end + 1 === bytes.length);
  if (isCut && bytes.length < MAX_LINE) return { state: 'incomplete', need: bytes.length + 1 };
  if (end === -1 || end + 1 === MAX_LINE) return invalid(`its line is longer than ${MAX_LINE} bytes`);
  if (bytes[end] === LF || bytes[end + 1] !== LF) return invalid('its line does not end with CR LF');
  const line = bytes.toString('latin1', V1_SIGNATURE.length, end);
  const length = end + 2;
  if (/^UNKNOWN( |$)/.test(line)) return { state: 'complete', length, header: { version: 'v1', route: undefined } };
  const route = routeOf(line);
  return typeof route === 'string' ? invalid(route) : { state: 'complete', length, header: { version: 'v1', route } };
}

/** Parses the words after the signature. @returns a text that says what is wrong if they are invalid */
function routeOf(line: string): Route | string {
  const [family = '', source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = line.split(' ');
  const isAddress = Object.hasOwn(families, family) ? families[family] : undefined;
  if (isAddress === undefined) return 'its protocol is not TCP4, TCP6 or UNKNOWN';
  if (!isAddress(source) || !isAddress(destination)) return `an address is not a ${family} address`;
  const ports = [sourcePort, destinationPort];
  if (!ports.every((port) => PORT.test(port) && Number(port) <= HIGHEST_PORT))
    return 'a port is not a number up to 65535';
  if (more.length > 0) return 'its line goes on after two addresses and two ports';
  return {
    source: { address: canonicalAddress(source), port: Number(sourcePort) },
    destination: { address: canonicalAddress(destination), port: Number(destinationPort) },
  };
}

/** A header for `route`, whose addresses are of one family, or an UNKNOWN header without it. */
export function serializeV1(route: Route | undefined): Buffer {
  if (route === undefined) return Buffer.from('PROXY UNKNOWN\r\n');
  const { source, destination } = route;
  const family = isIPv4(source.address) ? 'TCP4' : 'TCP6';
  return Buffer.from(`PROXY ${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`);
}
