import { DEFAULT_MAX_PAYLOAD } from '../framing';
import { MAX_ANNOUNCED } from '../framing/header';
import type { SendProxy } from '../net/connect';
import { type ClientTls, type ClientTlsOptions, clientTls } from './tls-options';
import {
  type Option,
  type OptionValues,
  abortSignal,
  callback,
  integer,
  oneOf,
  optional,
  readOptions,
  seconds,
  text,
  withDefault,
} from '../options';

/** How a client connects, and what it takes. Checked when they are given; `undefined` is the default. */
export interface FrameClientOptions {
  /** Name or address, IPv4 or IPv6. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** TCP port, 0 to 65535. */
  readonly port: number;
  /**
   * Seconds, 0 to 2147483.647, fractions allowed: for the connect; without a byte received while a reply is waited for; without progress
   * while something is to be sent. 0 is off. Default 5.
   */
  readonly timeout?: number | undefined;
  /** The largest payload accepted, in bytes, 0 to 4294967295. It does not limit what is sent. Default 65536. */
  readonly maxPayload?: number | undefined;
  /**
   * `v1`, `v2`: the connection begins with a PROXY protocol header of that version, which names its own two ends, for a server that requires
   * one. Default `off`.
   */
  readonly sendProxy?: SendProxy | undefined;
  /** TLS; default none. `{}` takes its defaults. */
  readonly tls?: ClientTlsOptions | undefined;
  /** Aborted, it closes the connection; what is waited for is rejected with an AbortError. Default none. */
  readonly signal?: AbortSignal | undefined;
  /** Shown the wire bytes both ways: those handed over for sending, and those that came, whether they are good or not. Default none. */
  readonly onWire?: OnWire | undefined;
}

type OnWire = (direction: 'sent' | 'received', bytes: Buffer) => void;

/** A row for each option. */
const optionTable = {
  host: withDefault('127.0.0.1', text),
  port: integer(0, 65_535),
  timeout: withDefault(5, seconds),
  maxPayload: withDefault(DEFAULT_MAX_PAYLOAD, integer(0, MAX_ANNOUNCED)),
  sendProxy: withDefault<SendProxy>('off', oneOf('off', 'v1', 'v2')),
  tls: optional(clientTls),
  signal: optional(abortSignal),
  onWire: optional(callback<OnWire>()),
} satisfies {
  [Name in keyof FrameClientOptions]-?: Option<Name extends 'tls' ? ClientTls | undefined : FrameClientOptions[Name]>;
};

/** The options of a client with their defaults. */
export type ClientSettings = OptionValues<typeof optionTable>;

/**
 * Checks the options of a client.
 * @throws {TypeError} for an option of another type, and one that does not exist
 * @throws {RangeError} for an option out of its range
 */
export function readClientOptions(options: FrameClientOptions): ClientSettings {
  return readOptions(optionTable, options);
}
