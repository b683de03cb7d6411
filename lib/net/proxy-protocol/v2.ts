import { addressBytes, addressText } from './address';
import { type ParsedHeader, type ProxyHeader, type Route, invalid } from './proxy-header';
import { checkTlvs } from './tlv';

/**
 * Version 2 is binary, numbers in network byte order:
 *
 * ```
 * |       12 |       1        |       1        |   2    | length bytes                    |
 * | signature| version command| family protocol| length | addresses, ports | TLV, TLV …   |
 * ```
 *
 * TLVs are ignored, except a checksum, which must be right.
 * @see https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt section 2.2
 */
export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Bytes that `length` does not count. */
const FIXED_LENGTH = 16;
const VERSION = 2;

const LOCAL = 0;
const PROXY = 1;
const STREAM = 1;
const HIGHEST_PROTOCOL = 2;

/** Bytes of addresses and ports by family: unspecified, IPv4, IPv6, UNIX. */
const addressLengths = [0, 12, 36, 216] as const;
const IPV4 = 1;
const IPV6 = 2;

/** The two halves of a byte. */
const halves = (byte: number): [high: number, low: number] => [byte >> 4, byte & 15];

/** @param bytes everything received, starting with the signature */
export function parseV2(bytes: Buffer): ParsedHeader {
  if (bytes.length < FIXED_LENGTH) return { state: 'incomplete', need: FIXED_LENGTH };
  const [version, command] = halves(bytes.readUInt8(12));
  const [family, protocol] = halves(bytes.readUInt8(13));
  if (version !== VERSION) return invalid(`its version is ${version}`);
  if (command !== LOCAL && command !== PROXY) return invalid(`its command is ${command}`);
  const addressLength = addressLengths[family];
  // The content of a LOCAL header is ignored, including its family.
  if (command === PROXY && addressLength === undefined) return invalid(`its address family is ${family}`);
  if (command === PROXY && protocol > HIGHEST_PROTOCOL) return invalid(`its transport protocol is ${protocol}`);
  const length = FIXED_LENGTH + bytes.readUInt16BE(14);
  if (bytes.length < length) return { state: 'incomplete', need: length };

  const complete = (route?: Route): ParsedHeader => ({ state: 'complete', length, header: { version: 'v2', route } });
  if (command === LOCAL || addressLength === undefined || family === 0 || protocol === 0) return complete();
  const end = FIXED_LENGTH + addressLength;
  if (length < end) return invalid(`its ${length - FIXED_LENGTH} bytes are too few for its addresses`);
  const fault = checkTlvs(bytes.subarray(0, length), end);
  if (fault !== undefined) return invalid(fault);
  const isIP = family === IPV4 || family === IPV6;
  return complete(isIP && protocol === STREAM ? routeIn(bytes.subarray(FIXED_LENGTH, end)) : undefined);
}

/** Source address, destination address, source port, destination port. */
function routeIn(block: Buffer): Route {
  const ports = block.length - 4;
  return {
    source: { address: addressText(block.subarray(0, ports / 2)), port: block.readUInt16BE(ports) },
    destination: { address: addressText(block.subarray(ports / 2, ports)), port: block.readUInt16BE(ports + 2) },
  };
}

/** A header for `route`, or a LOCAL header without it. */
export function serializeV2(route: ProxyHeader['route']): Buffer {
  if (route === undefined) return Buffer.concat([V2_SIGNATURE, Buffer.from([(VERSION << 4) | LOCAL, 0, 0, 0])]);
  const { source, destination } = route;
  const addresses = Buffer.concat([addressBytes(source.address), addressBytes(destination.address)]);
  const block = Buffer.concat([addresses, Buffer.alloc(4)]);
  block.writeUInt16BE(source.port, addresses.length);
  block.writeUInt16BE(destination.port, addresses.length + 2);
  const family = block.length === addressLengths[IPV4] ? IPV4 : IPV6;
  const head = Buffer.from([(VERSION << 4) | PROXY, (family << 4) | STREAM, 0, block.length]);
  return Buffer.concat([V2_SIGNATURE, head, block]);
}
