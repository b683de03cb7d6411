import { isIPv6 } from 'node:net';

/** What Linux puts before an IPv4 address that a socket for both families meets: `::ffff:127.0.0.1`. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address as people write it: an IPv4 address as such, whichever kind of socket met it. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/** `127.0.0.1:9900`, `[::1]:9900`, `example.org:9900`. */
export function hostPort(host: string, port: number): string {
  const plain = plainAddress(host);
  return isIPv6(plain) ? `[${plain}]:${port}` : `${plain}:${port}`;
}
