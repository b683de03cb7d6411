import { isIPv6 } from 'node:net';

/** A host, and the port where one was written beside it. */
export interface Address {
  /** Without brackets. */
  readonly host: string;
  readonly port?: number;
}

/** `[::1]`, `[::1]:9900`, `name`, `name:9900`, `::1`. */
const BRACKETED = /^\[([^\]]*)\](?::(\d+))?$/;
const PLAIN = /^([^\s:[\]]+)(?::(\d+))?$/;
const HIGHEST_PORT = 65_535;

/**
 * Takes a host apart from its port. An IPv6 address with a port needs its brackets.
 * @returns `undefined` where the value is no host
 */
export function addressOf(value: unknown): Address | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  if (isIPv6(value)) return { host: value };
  const bracketed = BRACKETED.exec(value);
  const [, host, digits] = bracketed ?? PLAIN.exec(value) ?? [];
  if (host === undefined || (bracketed !== null && !isIPv6(host))) return undefined;
  if (digits === undefined) return { host };
  const port = Number(digits);
  return port <= HIGHEST_PORT ? { host, port } : undefined;
}
