import { isIPv6 } from 'node:net';

/** A host, with its port if one was given. */
export interface Address {
  /** Without brackets. */
  readonly host: string;
  readonly port?: number;
}

/** `[::1]`, `[::1]:9900`. */
const BRACKETED = /^\[([^\]]*)\](?::(\d+))?$/;
/** `name`, `name:9900`, `127.0.0.1`. */
const PLAIN = /^([^\s:[\]]+)(?::(\d+))?$/;
const MAX_PORT = 65_535;

/**
 * Splits HOST:PORT. An IPv6 address with a port needs brackets; alone it may have them.
 * @returns `undefined` if the value is not a host
 */
export function parseHostPort(value: unknown): Address | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  if (isIPv6(value)) return { host: value };
  const bracketed = BRACKETED.exec(value);
  const [, host, digits] = bracketed ?? PLAIN.exec(value) ?? [];
  if (host === undefined || (bracketed !== null && !isIPv6(host))) return undefined;
  if (digits === undefined) return { host };
  const port = Number(digits);
  return port <= MAX_PORT ? { host, port } : undefined;
}
