import { SocketAddress, isIPv4 } from 'node:net';

const IPV4_LENGTH = 4;

/** The text of an address of 4 or 16 bytes: `192.0.2.1`, `2001:db8::1`. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === IPV4_LENGTH) return bytes.join('.');
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return canonicalAddress(groups.join(':'));
}

/** An address as inet_ntop(3) writes it: `2001:db8::1` for `2001:DB8:0::1`. A zone (`%eth0`) is removed. */
export function canonicalAddress(text: string): string {
  const [address = ''] = text.split('%');
  return isIPv4(address) ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}

/** The 4 or 16 bytes of an address. */
export function addressBytes(text: string): Buffer {
  const address = canonicalAddress(text);
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const embedded = /[^:]+\.[^:]+$/.exec(address)?.[0]; // ::ffff:192.0.2.1
  const hex = embedded === undefined ? address : address.slice(0, -embedded.length) + groupsOf(addressBytes(embedded));
  const [head = '', tail] = hex.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const groupsOf = (ipv4: Buffer): string => `${ipv4.toString('hex', 0, 2)}:${ipv4.toString('hex', 2)}`;
