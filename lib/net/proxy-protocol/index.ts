import { isIPv4 } from 'node:net';
import { canonicalAddress } from './address';
import { type Endpoint, type ParsedHeader, type ProxyVersion, type Route, invalid } from './proxy-header';
import { V1_SIGNATURE, parseV1, serializeV1 } from './v1';
import { V2_SIGNATURE, parseV2, serializeV2 } from './v2';

export type { ParsedHeader, ProxyHeader, ProxyVersion, Route } from './proxy-header';

const versions = [
  { signature: V1_SIGNATURE, parse: parseV1 },
  { signature: V2_SIGNATURE, parse: parseV2 },
] as const;

/**
 * Parses a PROXY protocol header, version 1 or 2, at the start of a connection.
 *
 * Returns `invalid` as soon as no further bytes could make a header, so that nothing waits for a client that speaks
 * another protocol.
 * @param bytes everything received, from the connection's first byte
 * @see https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt
 */
export function parseProxyHeader(bytes: Buffer): ParsedHeader {
  for (const { signature, parse } of versions) {
    const shared = Math.min(signature.length, bytes.length);
    if (!bytes.subarray(0, shared).equals(signature.subarray(0, shared))) continue;
    if (shared < signature.length) return { state: 'incomplete', need: bytes.length + 1 };
    return parse(bytes);
  }
  return invalid('it does not start with a PROXY protocol signature');
}

const serializers: Readonly<Record<ProxyVersion, (route: Route | undefined) => Buffer>> = {
  v1: serializeV1,
  v2: serializeV2,
};

/**
 * The bytes of a PROXY protocol header.
 * @param route the relayed connection; undefined is UNKNOWN in version 1 and LOCAL in version 2. If only one address is
 *   IPv4, it is written as `::ffff:192.0.2.1`, because both must be of one family
 */
export function serializeProxyHeader(version: ProxyVersion, route: Route | undefined): Buffer {
  if (route === undefined) return serializers[version](undefined);
  const { source, destination } = route;
  const isMixed = isIPv4(source.address) !== isIPv4(destination.address);
  const end = ({ address, port }: Endpoint): Endpoint => ({
    address: isMixed && isIPv4(address) ? `::ffff:${address}` : canonicalAddress(address),
    port,
  });
  return serializers[version]({ source: end(source), destination: end(destination) });
}
