import type { ServerTls } from './tls-options';
import type { TlsAcceptor } from './tls-acceptor';

/* eslint-disable @typescript-eslint/no-require-imports -- node:tls is loaded where TLS is wanted, and not before */

/** @throws {CredentialsError} for a certificate or key that cannot be used */
export function makeTlsAcceptor(tls: ServerTls): TlsAcceptor {
  const { TlsAcceptor: Acceptor } = require('./tls-acceptor') as typeof import('./tls-acceptor');
  return new Acceptor(tls);
}

/**
 * Checks what a server is to show and to trust, as far as that can be done before a client comes.
 * @throws {CredentialsError}
 */
export function checkCredentials(tls: ServerTls): void {
  const { TlsAcceptor: Acceptor } = require('./tls-acceptor') as typeof import('./tls-acceptor');
  Acceptor.check(tls);
}
