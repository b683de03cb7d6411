import { tlsDefaults, tlsVersions, type TlsVersion } from '../net/tls-options';
import { type GroupOf, group, oneOf, optional, pem, seconds, withDefault } from '../options';

/** TLS in a server. The names are those of the settings `tls.*`, but that PEM texts stand here in the place of files' paths. */
export interface ServerTlsOptions {
  /** The certificate, with its chain. */
  readonly cert: string | Uint8Array;
  /** The certificate's private key, without a passphrase. */
  readonly key: string | Uint8Array;
  /** Authorities: clients must show a certificate that one of them issued (mTLS). Default none: clients are not asked. */
  readonly clientCa?: string | Uint8Array | undefined;
  /** The oldest version that is spoken. Default `TLSv1.3`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Seconds from the connect to the end of the handshake; 0 is off. Default 10. */
  readonly handshakeTimeout?: number | undefined;
}

/** A row for each option. */
export const serverTls = group({
  cert: pem,
  key: pem,
  clientCa: optional(pem),
  minVersion: withDefault(tlsDefaults.minVersion, oneOf(...tlsVersions)),
  handshakeTimeout: withDefault(tlsDefaults.handshakeTimeout, seconds),
});

/** The same, checked and complete. */
export type ServerTls = GroupOf<typeof serverTls>;

/** What of it can be replaced while a server runs. */
export type ServerCredentials = Pick<ServerTlsOptions, 'cert' | 'key' | 'clientCa'>;

/**
 * The options of a server with other credentials.
 * @throws TypeError for a server without TLS, and for what is no PEM text
 */
export function completeCredentials(tls: ServerTls | undefined, credentials: ServerCredentials): ServerTls {
  if (tls === undefined) throw new TypeError('there is no TLS: give the option tls when the server is made');
  const { cert, key, clientCa } = credentials;
  return {
    ...tls,
    ...serverTls({ cert, key, clientCa, minVersion: tls.minVersion, handshakeTimeout: tls.handshakeTimeout }, 'tls'),
  };
}
