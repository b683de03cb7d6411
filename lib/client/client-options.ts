import { DEFAULT_MAX_PAYLOAD } from '../framing';
import { MAX_ANNOUNCED } from '../framing/header';
import type { SendProxy } from '../net/connect';
import { type ClientTls, type ClientTlsOptions, clientTls } from './client-tls';
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

/** How a client connects. Checked by {@link FrameClient.connect}; `undefined` stands for the default. */
export interface FrameClientOptions {
  /** Name or address, IPv4 or IPv6. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** TCP port, 0 to 65535. */
  readonly port: number;
  /**
   * Seconds, 0 to 2147483.647, fractions allowed. Limits the connect, the time without a byte received while a reply is
   * due, and the time without progress in sending. 0 is off. Default 5.
   */
  readonly timeout?: number | undefined;
  /** Largest payload accepted, in bytes, 0 to 4294967295. Does not limit what is sent. Default 65536. */
  readonly maxPayload?: number | undefined;
  /**
   * `v1`, `v2`: the connection starts with a PROXY protocol header of that version with its own two addresses, for a
   * server that requires one. Default `off`.
   */
  readonly sendProxy?: SendProxy | undefined;
  /**
   * Seconds of silence after which TCP keep-alive probes are sent, 1 to 32767; 0 is off. Default: the system's time,
   * two hours on Linux.
   */
  readonly keepAlive?: number | undefined;
  /** TLS; `{}` takes its defaults. Default no TLS. */
  readonly tls?: ClientTlsOptions | undefined;
  /** Aborting it closes the connection, and rejects pending and later calls with an AbortError. Default none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the bytes of both directions as they are on the wire, headers and bad frames included. Default none.
   */
  readonly onWire?: OnWire | undefined;
}

type OnWire = (direction: 'sent' | 'received', bytes: Buffer) => void;

/** Linux: MAX_TCP_KEEPIDLE. */
const MAX_KEEP_ALIVE = 32_767;

const optionTable = {
  host: withDefault('127.0.0.1', text),
  port: integer(0, 65_535),
  timeout: withDefault(5, seconds),
  maxPayload: withDefault(DEFAULT_MAX_PAYLOAD, integer(0, MAX_ANNOUNCED)),
  sendProxy: withDefault<SendProxy>('off', oneOf('off', 'v1', 'v2')),
  keepAlive: optional(integer(0, MAX_KEEP_ALIVE)),
  tls: optional(clientTls),
  signal: optional(abortSignal),
  onWire: optional(callback<OnWire>()),
} satisfies {
  [Name in keyof FrameClientOptions]-?: Option<Name extends 'tls' ? ClientTls | undefined : FrameClientOptions[Name]>;
};

/** The options of a client, defaults filled in. */
export type ClientSettings = OptionValues<typeof optionTable>;

/**
 * Checks the options of a client and fills in the defaults.
 * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
 *   `ERR_INVALID_ARG_TYPE`)
 * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
 */
export function readClientOptions(options: FrameClientOptions): ClientSettings {
  return readOptions(optionTable, options);
}
