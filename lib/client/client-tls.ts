import { tlsDefaults, tlsVersions, type TlsVersion } from '../net/tls-settings';
import { type GroupOf, boolean, group, oneOf, optional, pem, seconds, text, withDefault } from '../options';

/** TLS options of a client. They have the names of the settings `tls.*`, but take PEM texts instead of paths. */
export interface ClientTlsOptions {
  /** The authorities to trust. Default: Node's own. */
  readonly ca?: string | Uint8Array | undefined;
  /** The name to request (SNI) and to check the certificate against. Default: the host. */
  readonly serverName?: string | undefined;
  /** Whether the server's certificate must be valid, from a trusted authority, and match the name. Default true. */
  readonly verify?: boolean | undefined;
  /** The client's certificate with its chain, for a server that requires one. Default none. */
  readonly clientCert?: string | Uint8Array | undefined;
  /** That certificate's private key, without a passphrase. */
  readonly clientKey?: string | Uint8Array | undefined;
  /** The oldest version to accept. Default `TLSv1.3`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Seconds from the connect to the end of the handshake; 0 is off. Default 10. */
  readonly handshakeTimeout?: number | undefined;
}

/** One row per option. */
export const clientTls = group({
  ca: optional(pem),
  serverName: optional(text),
  verify: withDefault(true, boolean),
  clientCert: optional(pem),
  clientKey: optional(pem),
  minVersion: withDefault(tlsDefaults.minVersion, oneOf(...tlsVersions)),
  handshakeTimeout: withDefault(tlsDefaults.handshakeTimeout, seconds),
});

/** The same, checked and complete. */
export type ClientTls = GroupOf<typeof clientTls>;
