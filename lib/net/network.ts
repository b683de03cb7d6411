import { BlockList, isIP, isIPv6 } from 'node:net';

/** A range of addresses. */
interface Network {
  readonly address: string;
  /** Bits of the address that all of them share. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const CIDR = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/;

/** What `10.0.0.0/8` or `::1` stands for; undefined where it is neither an address nor a CIDR. */
export function networkOf(text: string): Network | undefined {
  const [, address = '', digits] = CIDR.exec(text) ?? [];
  if (isIP(address) === 0) return undefined;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  const prefix = digits === undefined ? bits : Number(digits);
  return prefix <= bits ? { address, prefix, family } : undefined;
}

/** Addresses that are given as a list of addresses and CIDRs, each of them good; `::ffff:192.0.2.1` is `192.0.2.1`. */
export class AddressSet {
  private readonly list = new BlockList();

  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const { address, prefix, family } = networkOf(text) ?? {};
      if (address === undefined || prefix === undefined) throw new TypeError(`${text} is no address and no CIDR`);
      this.list.addSubnet(address, prefix, family);
    }
  }

  has(address: string): boolean {
    const [plain = ''] = address.split('%');
    return this.list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }
}
