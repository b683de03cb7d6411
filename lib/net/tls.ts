type TlsConnect = typeof import('./tls-connect');

/** Loads node:tls, and what stands on it, where TLS is wanted and not before. */
export function loadTls(): Pick<TlsConnect, 'clientContext' | 'secureSocket'> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { clientContext, secureSocket } = require('./tls-connect') as typeof import('./tls-connect');
  return { clientContext, secureSocket };
}
