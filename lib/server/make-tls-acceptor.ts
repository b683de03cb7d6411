import type { ServerTls } from './server-tls';
import type { TlsAcceptor } from './tls-acceptor';

/* eslint-disable @typescript-eslint/no-require-imports -- node:tls is loaded on first use */

/** @throws {CredentialsError} for a certificate or key that cannot be used */
export function makeTlsAcceptor(tls: ServerTls): TlsAcceptor {
  const { TlsAcceptor: Acceptor } = require('./tls-acceptor') as typeof import('./tls-acceptor');
  return new Acceptor(tls);
}

/**
 * Checks a server's certificate, key and authorities.
 * @throws {CredentialsError} for one that cannot be used
 */
export function checkCredentials(tls: ServerTls): void {
  const { TlsAcceptor: Acceptor } = require('./tls-acceptor') as typeof import('./tls-acceptor');
  Acceptor.check(tls);
}
