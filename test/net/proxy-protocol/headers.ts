import fc from 'fast-check';
import { crc32c } from '../../../lib/net/proxy-protocol/crc32c';

/** A TLV of version 2. */
export interface Tlv {
  readonly type: number;
  readonly value: Buffer;
}

const tlvBytes = ({ type, value }: Tlv): Buffer =>
  Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);

/** A header of version 2, its fixed part given in hex (`2111`: PROXY, TCP over IPv4), with a length that is right. */
export function v2(versionAndFamily: string, addresses: Buffer, tlvs: readonly Tlv[] = []): Buffer {
  const block = Buffer.concat([addresses, ...tlvs.map(tlvBytes)]);
  const fixed = Buffer.from(`0d0a0d0a000d0a515549540a${versionAndFamily}0000`, 'hex');
  fixed.writeUInt16BE(block.length, 14);
  return Buffer.concat([fixed, block]);
}

/** The same with a right checksum before the other TLVs. */
export function withChecksum(versionAndFamily: string, addresses: Buffer, tlvs: readonly Tlv[] = []): Buffer {
  const header = v2(versionAndFamily, addresses, [{ type: 3, value: Buffer.alloc(4) }, ...tlvs]);
  header.writeUInt32BE(crc32c(header), 16 + addresses.length + 3);
  return header;
}

const bytes = (constraints: fc.IntArrayConstraints): fc.Arbitrary<Buffer> =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));

const port = fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(0, 65_535));
const routeOf = (address: fc.Arbitrary<string>) =>
  fc.record({ source: fc.record({ address, port }), destination: fc.record({ address, port }) });

/** Both ends of a connection over IPv4, or over IPv6. */
export const routes = fc.oneof(routeOf(fc.ipV4()), routeOf(fc.ipV6()));

/** TLVs without a checksum: NOOP, ALPN, unique id, TLS, of types unknown. */
export const tlvs = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 255 }).filter((type) => type !== 3), value: bytes({ maxLength: 40 }) }),
  { maxLength: 4 },
);

/** Headers that are right, of each version, family and command, and the address of the client that they name. */
export const validHeaders: fc.Arbitrary<Buffer> = fc.oneof(
  routeOf(fc.ipV4()).map(({ source: s, destination: d }) =>
    Buffer.from(`PROXY TCP4 ${s.address} ${d.address} ${s.port} ${d.port}\r\n`),
  ),
  routeOf(fc.ipV6()).map(({ source: s, destination: d }) =>
    Buffer.from(`PROXY TCP6 ${s.address} ${d.address} ${s.port} ${d.port}\r\n`),
  ),
  fc
    .stringMatching(/^( [ -~]{0,80})?$/)
    .filter((rest) => rest.length <= 92)
    .map((rest) => Buffer.from(`PROXY UNKNOWN${rest}\r\n`)),
  fc
    .tuple(
      fc.constantFrom(
        ...([
          ['2111', 12],
          ['2112', 12],
          ['2121', 36],
          ['2122', 36],
          ['2131', 216],
          ['2132', 216],
        ] as const),
      ),
      fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      tlvs,
      fc.boolean(),
    )
    .map(([[fixed, length], stream, list, checked]) => {
      const addresses = Buffer.from([...stream.take(length)]);
      return (checked ? withChecksum : v2)(fixed, addresses, list);
    }),
  fc
    .tuple(fc.constantFrom('2000', '2011', '20ff', '2100', '2110', '2101'), bytes({ maxLength: 300 }))
    .map(([fixed, block]) => v2(fixed, block)),
);
