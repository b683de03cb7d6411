import type { clientContext as ClientContext, secureSocket as SecureSocket } from './tls-connect';

/** What stands on node:tls. */
interface TlsConnect {
  readonly clientContext: typeof ClientContext;
  readonly secureSocket: typeof SecureSocket;
}

/** Loads node:tls, and what stands on it, where TLS is wanted and not before. */
export function loadTls(): TlsConnect {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./tls-connect') as TlsConnect;
}
