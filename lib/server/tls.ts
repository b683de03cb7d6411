import type { ServerTls } from './tls-options';
import type { TlsAcceptor } from './tls-acceptor';

/** Loads node:tls where TLS is wanted, and not before. */
function acceptorModule(): typeof import('./tls-acceptor') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./tls-acceptor') as typeof import('./tls-acceptor');
}

/** @throws {CredentialsError} for a certificate or key that cannot be used */
export function makeTlsAcceptor(tls: ServerTls): TlsAcceptor {
  const { TlsAcceptor: Acceptor } = acceptorModule();
  return new Acceptor(tls);
}

/**
 * Checks what a server is to show and to trust, as far as that can be done before a client comes.
 * @throws {CredentialsError}
 */
export function checkCredentials(tls: ServerTls): void {
  acceptorModule().checkCredentials(tls);
}
