import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describeError, errorCode } from '../errors/error-code';
import { hostPort, plainAddress } from './host-port';

/** One address that was tried. */
export interface Attempt {
  /** The address, or the name if the lookup failed. */
  readonly address: string;
  /** Why it failed; undefined if it had not answered by the end. */
  readonly error?: Error;
}

/** Errors of a machine or process that has run out of something, whatever the server does. */
const exhausted = new Set(['EADDRNOTAVAIL', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

const NO_PORT = 'this machine has no free port left for a connection to it';
const NO_IPV6 = 'this machine has no IPv6 address';

/** No connection could be made. The message has each address that was tried, with its own cause. */
export class ConnectError extends Error {
  /** `ETIMEDOUT` at the deadline; otherwise `ECONNREFUSED` if any address refused, else the first address's code. */
  readonly code: string | undefined;

  /** @param timeoutMs the limit, in ms, if it was the deadline that passed */
  constructor(
    target: { readonly host: string; readonly port: number },
    readonly attempts: readonly Attempt[],
    readonly timeoutMs?: number,
  ) {
    const within = timeoutMs === undefined ? '' : ` within ${timeoutMs / 1000} s`;
    super(`cannot connect to ${hostPort(target.host, target.port)}${within}${causes(attempts, target.port)}`, {
      cause: attempts.find(({ error }) => error !== undefined)?.error,
    });
    this.name = 'ConnectError';
    const codes = attempts.map(({ error }) => errorCode(error));
    this.code = timeoutMs !== undefined ? 'ETIMEDOUT' : codes.includes('ECONNREFUSED') ? 'ECONNREFUSED' : codes[0];
  }

  /** Whether this machine ran out of ports, descriptors or memory; otherwise the server could not be reached. */
  get isLocal(): boolean {
    return this.attempts.some(({ address, error }) => isExhausted(address, error));
  }
}

/** `: connection refused (ECONNREFUSED)`; with several addresses, the cause of each. */
function causes(attempts: readonly Attempt[], port: number): string {
  const [only] = attempts;
  if (only === undefined) return '';
  if (attempts.length === 1) return only.error === undefined ? '' : `: ${causeInWords(only)}`;
  return `: ${attempts.map((attempt) => `${hostPort(attempt.address, port)} ${causeInWords(attempt)}`).join(', ')}`;
}

function causeInWords({ address, error }: Attempt): string {
  if (error === undefined) return 'did not answer';
  if (isWithoutIPv6(address, error)) return `${NO_IPV6} (EADDRNOTAVAIL)`;
  if (hasNoPort(error)) return `${NO_PORT} (EADDRNOTAVAIL)`;
  return describeError(error);
}

/** connect(2): no ephemeral port is free. If the client binds an address first, bind(2) fails instead. */
const hasNoPort = (error: Error): boolean =>
  errorCode(error) === 'EADDRNOTAVAIL' && (error as NodeJS.ErrnoException).syscall === 'connect';

/** EADDRNOTAVAIL also means that this machine has no address of that family to connect from. */
function isWithoutIPv6(address: string, error: Error): boolean {
  return hasNoPort(error) && isIPv6(plainAddress(address)) && !hasIPv6();
}

const hasIPv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));

function isExhausted(address: string, error: Error | undefined): boolean {
  if (error === undefined || !exhausted.has(errorCode(error) ?? '')) return false;
  return !isWithoutIPv6(address, error) && (errorCode(error) !== 'EADDRNOTAVAIL' || hasNoPort(error));
}
