import { errorCode } from '../errors/error-code';
import { RunError } from '../errors/run-error';
import { ConnectError } from '../net/connect-error';
import { connectFailure } from '../net/connect-failure';
import { TlsConnectError } from '../net/tls-connect-error';
import { tlsFailure } from '../net/tls-failure';
import { hostPort } from '../net/host-port';
import type { Target } from './target';
import { DEFAULT_PATIENCE } from './exchange';
import { isConnectionError, Probe } from './probe';
import { frame } from './wire';

/** Seconds to wait for the second client's echo while the first one is connected and silent. */
const SECOND_CLIENT_SECONDS = 1;

/**
 * Whether the server serves several clients at the same time. It does not if a second client is answered only after the first has left.
 * @throws {RunError} `unavailable` when there is no server; `protocol` or `tempFail` when the TLS handshake failed or took too long; `noHost` when the host has no address
 */
export async function servesConcurrently(target: Target): Promise<boolean> {
  const { host, port, patience = DEFAULT_PATIENCE } = target;
  const probes: Probe[] = [];
  const open = async (): Promise<Probe> => {
    const probe = await Probe.open(target, patience);
    probes.push(probe);
    return probe;
  };
  try {
    const first = await open();
    const second = await open();
    second.send(frame('second client'));
    if ((await second.take(1, SECOND_CLIENT_SECONDS)) ?? second.ending !== 'open') return true;
    first.close();
    return (await second.take(1)) === undefined;
  } catch (error) {
    if (error instanceof TlsConnectError) throw tlsFailure(error);
    const isPlain = !(error instanceof ConnectError) || (error.code === 'ECONNREFUSED' && error.attempts.length === 1);
    if (!isPlain) throw connectFailure(error);
    if (!isConnectionError(error)) throw error;
    throw new RunError(
      'unavailable',
      `no server at ${hostPort(host, port)} (${errorCode(error) ?? error.message}): start it, or check --host and --port`,
      errorCode(error),
    );
  } finally {
    for (const probe of probes) probe.close();
  }
}
