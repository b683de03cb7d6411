/** Loads node:tls, and what stands on it, where TLS is wanted and not before. */
export function loadTls(): typeof import('./tls-connect') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./tls-connect') as typeof import('./tls-connect');
}
