import type { EventName } from '../log/events';
import { DEFAULT_MAX_PAYLOAD } from '../framing';
import { MAX_ANNOUNCED } from '../framing/header';
import { networkOf } from '../net/network';
import { type ServerTls, type ServerTlsOptions, serverTls } from './server-tls';
import {
  type Option,
  type OptionValues,
  integer,
  listOf,
  oneOf,
  optional,
  readOptions,
  seconds,
  text,
  textThat,
  withDefault,
} from '../options';

/** How a server serves. Durations are in seconds, fractions allowed. */
export interface ServerOptions {
  /** Address or name to listen on, IPv4 or IPv6. Default `127.0.0.1`. */
  readonly host: string;
  /** TCP port; 0 picks a free one. Default 9900. */
  readonly port: number;
  /** Idle guard: seconds without a byte received, or without progress in sending; 0 is off. Default 5. */
  readonly timeout: number;
  /** Largest payload accepted, in bytes. Default 65536. */
  readonly maxPayload: number;
  /** `length-prefix` (the default), or `raw`: an unframed echo (RFC 862). */
  readonly framing: 'length-prefix' | 'raw';
  /** Seconds from a frame's first byte to its last; 0 is off. Default 30. */
  readonly frameTimeout: number;
  /** Clients served at once. The next wait: accepted, but not read from. Default 1024. */
  readonly concurrency: number;
  /** Open connections, those that wait included. More are dropped. Default 4096. */
  readonly maxConnections: number;
  /** Length of the kernel's queue of connections that are not accepted yet, see listen(2). Default 511. */
  readonly backlog: number;
  /** Seconds that a stop waits for clients before it cuts them off. Default 10. */
  readonly shutdownTimeout: number;
  /** `active` leaves out of the log connections that sent nothing, such as health checks. Default `all`. */
  readonly logConnections: 'all' | 'active';
  /**
   * `require`: every connection must start with a PROXY protocol header, version 1 or 2, within `timeout`; it names the
   * client's address. Default `off`.
   */
  readonly proxyProtocol: 'off' | 'require';
  /** Addresses and CIDRs (`10.0.0.0/8`) that may connect if `proxyProtocol` is `require`. Default none: all may. */
  readonly trustedProxies: readonly string[];
  /** TLS; default none. */
  readonly tls: ServerTls | undefined;
}

/** The same options, each optional: `undefined` stands for the default. */
export type GivenOptions<Options> = {
  readonly [Name in keyof Options]?: (Name extends 'tls' ? ServerTlsOptions : Options[Name]) | undefined;
};

const COUNT_MAX = 0x7fff_ffff;

const optionTable = {
  host: withDefault('127.0.0.1', text),
  port: withDefault(9900, integer(0, 65_535)),
  timeout: withDefault(5, seconds),
  maxPayload: withDefault(DEFAULT_MAX_PAYLOAD, integer(0, MAX_ANNOUNCED)),
  framing: withDefault('length-prefix', oneOf('length-prefix', 'raw')),
  frameTimeout: withDefault(30, seconds),
  concurrency: withDefault(1024, integer(1, COUNT_MAX)),
  maxConnections: withDefault(4096, integer(1, COUNT_MAX)),
  backlog: withDefault(511, integer(1, COUNT_MAX)),
  shutdownTimeout: withDefault(10, seconds),
  logConnections: withDefault('all', oneOf('all', 'active')),
  proxyProtocol: withDefault('off', oneOf('off', 'require')),
  trustedProxies: withDefault(
    [],
    listOf(textThat('an address or a CIDR such as 10.0.0.0/8', (value) => networkOf(value) !== undefined)),
  ),
  tls: optional(serverTls),
} satisfies { [Name in keyof ServerOptions]: Option<ServerOptions[Name]> };

/** Every option at its default. */
export const defaultServerOptions: ServerOptions = readOptions(optionTable, {});

/**
 * Checks the options and fills in the defaults.
 * @param more further options, in addition to those of every server
 * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
 *   `ERR_INVALID_ARG_TYPE`)
 * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
 */
export function serverOptions(options: GivenOptions<ServerOptions>): ServerOptions;
export function serverOptions<More extends Readonly<Record<string, Option<unknown>>>>(
  options: object,
  more: More,
): ServerOptions & OptionValues<More>;
export function serverOptions(options: object, more: Readonly<Record<string, Option<unknown>>> = {}): ServerOptions {
  return readOptions({ ...optionTable, ...more }, options);
}

/** Receives a server's events. */
export interface ServerLog {
  /** Whether to report each frame (`frame_recv`, `frame_send`), which costs a pass over every payload. */
  readonly debugEnabled: boolean;
  /**
   * Called for each event. Must not throw.
   * @param name one of the reference's: `client_connect`, `client_close` …
   * @param at when it happened, in ms since 1970; default now
   */
  event(name: EventName, fields?: object, at?: number): void;
}
