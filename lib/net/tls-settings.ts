/** The TLS versions that can be set as the oldest. */
export const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const;

/** One of {@link tlsVersions}. */
export type TlsVersion = (typeof tlsVersions)[number];

/** The defaults that servers and clients share. */
export const tlsDefaults = { minVersion: 'TLSv1.3', handshakeTimeout: 10 } as const;

/** TLS settings of a client; certificates and keys are PEM texts. */
export interface TlsClientSettings {
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly verify: boolean;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  readonly minVersion: TlsVersion;
  /** Seconds; 0 is off. */
  readonly handshakeTimeout: number;
}
