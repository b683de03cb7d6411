import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describeError, errorCode } from '../errors/error-code';
import { hostPort, plainAddress } from './host-port';

/** What came of one address. */
export interface Attempt {
  /** The address, or the name where that could not be looked up. */
  readonly address: string;
  /** Why it failed; undefined where it had not answered by the end. */
  readonly error?: Error;
}

/** What a connection takes of this machine, and this process: nobody can connect without, whatever the server does. */
const ownResources = new Set(['EADDRNOTAVAIL', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

const NO_PORT = 'this machine has no free port left for a connection to it';
const NO_IPV6 = 'this machine has no IPv6 address';

/** Why no connection came about. The message tells each address that was tried, with its own cause. */
export class ConnectError extends Error {
  /** Of the address that tells most: a server that refuses says more than a network that is not there. */
  readonly code: string | undefined;

  /** @param timeoutMs the time that passed, where it was that which ended it */
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

  /** Whether it was this machine that had nothing left to connect with, and not the server that could not be reached. */
  get isOurs(): boolean {
    return this.attempts.some(({ address, error }) => isOwnLimit(address, error));
  }
}

/** `: connection refused (ECONNREFUSED)`; of several addresses each with its own. */
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

/** connect(2): no free port of those that the system gives to clients. Where an address is bound first, bind(2) fails instead. */
const hasNoPort = (error: Error): boolean =>
  errorCode(error) === 'EADDRNOTAVAIL' && (error as NodeJS.ErrnoException).syscall === 'connect';

/** The same code: there is no address to connect from. */
function isWithoutIPv6(address: string, error: Error): boolean {
  return hasNoPort(error) && isIPv6(plainAddress(address)) && !hasIPv6();
}

const hasIPv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));

function isOwnLimit(address: string, error: Error | undefined): boolean {
  if (error === undefined || !ownResources.has(errorCode(error) ?? '')) return false;
  return !isWithoutIPv6(address, error) && (errorCode(error) !== 'EADDRNOTAVAIL' || hasNoPort(error));
}
