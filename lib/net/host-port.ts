import { isIPv6 } from 'node:net';

/** An IPv4 address as a dual-stack socket reports it: `::ffff:127.0.0.1`. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address as people write it: IPv4 without the prefix of a dual-stack socket. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/** `127.0.0.1:9900`, `[::1]:9900`, `example.org:9900`. */
export function hostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return isIPv6(plain) ? `[${plain}]:${port}` : `${plain}:${port}`;
}
