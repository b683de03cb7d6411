import { ProxyProcess } from './proxy-process';

/**
 * Starts a socat in the foreground, with a process for each connection.
 * @param args as on its command line
 * @param port that it listens on, awaited; see `freePort`
 */
export const startSocat = (args: readonly string[], port: number): Promise<ProxyProcess> =>
  ProxyProcess.start({ name: 'socat', checkArguments: () => ['-V'], runArguments: () => [...args] }, '', [port]);
