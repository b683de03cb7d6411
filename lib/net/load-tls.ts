import type { clientContext as ClientContext, secureSocket as SecureSocket } from './tls-connect';

/** The code that needs node:tls. */
interface TlsConnect {
  readonly clientContext: typeof ClientContext;
  readonly secureSocket: typeof SecureSocket;
}

/** Loads node:tls and the code that needs it, on first use. */
export function loadTls(): TlsConnect {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./tls-connect') as TlsConnect;
}
