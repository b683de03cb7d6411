import type { EventName } from '../log/events';
import { DEFAULT_MAX_PAYLOAD } from '../framing';
import { MAX_ANNOUNCED } from '../framing/header';
import { networkOf } from '../net/network';
import { type ServerTls, type ServerTlsOptions, serverTls } from './tls-options';
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

/** How a server serves. The names and defaults are those of the settings `echo.*` and `server.*`; durations in seconds. */
export interface ServerOptions {
  /** Where it listens; default `127.0.0.1`. */
  readonly host: string;
  /** TCP port; 0 picks a free one. Default 9900. */
  readonly port: number;
  /** Idle guard: seconds without a byte received, or without progress sending; 0 is off. Default 5. */
  readonly timeout: number;
  /** The largest payload accepted, in bytes. Default 65536. */
  readonly maxPayload: number;
  /** `length-prefix` (the default), or `raw`: an unframed echo (RFC 862). */
  readonly framing: 'length-prefix' | 'raw';
  /** Seconds from a frame's first byte to its last; 0 is off. Default 30. */
  readonly frameTimeout: number;
  /** Clients served at once; the next wait, accepted and unread. Default 1024. */
  readonly concurrency: number;
  /** Open sockets, the waiting included; past it a new one is dropped. Default 4096. */
  readonly maxConnections: number;
  /** As in listen(2). Default 511. */
  readonly backlog: number;
  /** Seconds that a stop waits for clients. Default 10. */
  readonly shutdownTimeout: number;
  /** `active` logs no connection that sent no byte, such as those of health checks. Default `all`. */
  readonly logConnections: 'all' | 'active';
  /**
   * `require`: every connection has to begin with a PROXY protocol header, version 1 or 2, within `timeout`; the client's address is the one
   * that the header names. Default `off`.
   */
  readonly proxyProtocol: 'off' | 'require';
  /** Addresses and CIDRs (`10.0.0.0/8`) that may connect where `proxyProtocol` is `require`; none, the default, is all. */
  readonly trustedProxies: readonly string[];
  /** TLS; default none. */
  readonly tls: ServerTls | undefined;
}

/** The options as they are given: `undefined` is the default. */
export type GivenOptions<Options> = {
  readonly [Name in keyof Options]?: (Name extends 'tls' ? ServerTlsOptions : Options[Name]) | undefined;
};

const COUNT_MAX = 0x7fff_ffff;

/** A row for each option. */
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
    listOf(textThat('an address or a CIDR, as 10.0.0.0/8', (value) => networkOf(value) !== undefined)),
  ),
  tls: optional(serverTls),
} satisfies { [Name in keyof ServerOptions]: Option<ServerOptions[Name]> };

/** The options of a server where nothing is given. */
export const defaultServerOptions: ServerOptions = readOptions(optionTable, {});

/**
 * Checks options that are given, and gives those that are not their defaults.
 * @param more options beside a server's own
 * @throws TypeError, RangeError for one that is unknown or has no use, with its name and value
 */
export function serverOptions(options: GivenOptions<ServerOptions>): ServerOptions;
export function serverOptions<More extends Readonly<Record<string, Option<unknown>>>>(
  options: object,
  more: More,
): ServerOptions & OptionValues<More>;
export function serverOptions(options: object, more: Readonly<Record<string, Option<unknown>>> = {}): ServerOptions {
  return readOptions({ ...optionTable, ...more }, options);
}

/** Where a server's events go: the run's EventLog, or what a program that uses the library makes of them. */
export interface ServerLog {
  /** Whether the events of single frames are wanted, which costs a look at every payload. */
  readonly debugEnabled: boolean;
  /** @param at when it happened, in ms since 1970; default now */
  event(name: EventName, fields?: object, at?: number): void;
}

/** A log that keeps nothing. */
export const silentLog: ServerLog = { debugEnabled: false, event: () => undefined };
