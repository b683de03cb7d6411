import { isIP } from 'node:net';

/** The addresses in a list such as `127.0.0.2,127.0.0.3`; undefined where one of them is none. */
export function localAddresses(value: unknown): readonly string[] | undefined {
  if (value === '') return [];
  if (typeof value !== 'string') return undefined;
  const addresses = value.split(',').map((address) => address.trim());
  return addresses.every((address) => isIP(address) > 0) ? addresses : undefined;
}
