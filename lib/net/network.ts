import { BlockList, isIP, isIPv6 } from 'node:net';

/** A range of addresses. */
interface Network {
  readonly address: string;
  /** Leading bits that all its addresses share. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const CIDR = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/;

/** Parses an address or a CIDR, such as `10.0.0.0/8` or `::1`; undefined if it is neither. */
export function networkOf(text: string): Network | undefined {
  const [, address = '', digits] = CIDR.exec(text) ?? [];
  if (isIP(address) === 0) return undefined;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  const prefix = digits === undefined ? bits : Number(digits);
  return prefix <= bits ? { address, prefix, family } : undefined;
}

/** A set of addresses and CIDRs; `::ffff:192.0.2.1` is the same as `192.0.2.1`. */
export class AddressSet {
  private readonly list = new BlockList();

  /** @throws {TypeError} for a text that is neither an address nor a CIDR */
  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const { address, prefix, family } = networkOf(text) ?? {};
      if (address === undefined || prefix === undefined)
        throw new TypeError(`${text} is neither an address nor a CIDR`);
      this.list.addSubnet(address, prefix, family);
    }
  }

  has(address: string): boolean {
    const [plain = ''] = address.split('%');
    return this.list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }
}
