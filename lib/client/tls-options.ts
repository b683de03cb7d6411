import { tlsDefaults, tlsVersions, type TlsVersion } from '../net/tls-options';
import { type GroupOf, boolean, group, oneOf, optional, pem, seconds, text, withDefault } from '../options';

/** TLS in a client. The names are those of the settings `tls.*`, but that PEM texts stand here in the place of files' paths. */
export interface ClientTlsOptions {
  /** The authorities to trust. Default Node's own. */
  readonly ca?: string | Uint8Array | undefined;
  /** The name to ask for (SNI), and to check the certificate against. Default the host. */
  readonly serverName?: string | undefined;
  /** Whether the server's certificate must be valid, of an authority that is trusted, and match the name. Default true. */
  readonly verify?: boolean | undefined;
  /** A certificate to show to the server, with its chain. Default none. */
  readonly clientCert?: string | Uint8Array | undefined;
  /** That certificate's private key, without a passphrase. */
  readonly clientKey?: string | Uint8Array | undefined;
  /** The oldest version that is spoken. Default `TLSv1.3`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Seconds from the connect to the end of the handshake; 0 is off. Default 10. */
  readonly handshakeTimeout?: number | undefined;
}

/** A row for each option. */
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
