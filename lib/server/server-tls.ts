import { tlsDefaults, tlsVersions, type TlsVersion } from '../net/tls-settings';
import { type GroupOf, group, oneOf, optional, pem, seconds, withDefault } from '../options';

/** TLS options of a server. They have the names of the settings `tls.*`, but take PEM texts instead of paths. */
export interface ServerTlsOptions {
  /** The certificate with its chain. */
  readonly cert: string | Uint8Array;
  /** The certificate's private key, without a passphrase. */
  readonly key: string | Uint8Array;
  /** Authorities: clients must show a certificate from one of them (mTLS). Default none: clients need no certificate. */
  readonly clientCa?: string | Uint8Array | undefined;
  /** The oldest version to accept. Default `TLSv1.3`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Seconds from the connect to the end of the handshake; 0 is off. Default 10. */
  readonly handshakeTimeout?: number | undefined;
}

/** One row per option. */
export const serverTls = group({
  cert: pem,
  key: pem,
  clientCa: optional(pem),
  minVersion: withDefault(tlsDefaults.minVersion, oneOf(...tlsVersions)),
  handshakeTimeout: withDefault(tlsDefaults.handshakeTimeout, seconds),
});

/** The same, checked and complete. */
export type ServerTls = GroupOf<typeof serverTls>;

/** The options that can be replaced while a server runs. */
export type ServerCredentials = Pick<ServerTlsOptions, 'cert' | 'key' | 'clientCa'>;

/**
 * A server's TLS options with its credentials replaced.
 * @throws {TypeError} for a server without TLS, and for a value that is not a PEM text
 */
export function completeCredentials(tls: ServerTls | undefined, credentials: ServerCredentials): ServerTls {
  if (tls === undefined) throw new TypeError('the server has no TLS: set the option tls when you create it');
  const { cert, key, clientCa } = credentials;
  return {
    ...tls,
    ...serverTls({ cert, key, clientCa, minVersion: tls.minVersion, handshakeTimeout: tls.handshakeTimeout }, 'tls'),
  };
}
