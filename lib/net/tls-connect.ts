import { type Socket, isIP } from 'node:net';
import { type ConnectionOptions, type SecureContext, type TLSSocket, connect, createSecureContext } from 'node:tls';
import { CredentialsError, checkAuthorities, checkPair } from './tls-credentials';
import { TlsConnectError } from './tls-connect-error';
import type { TlsClientSettings } from './tls-settings';
import { tlsReason } from './tls-words';
import { hostPort } from './host-port';

interface TlsConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsClientSettings;
}

/** One of the two is called, once, after {@link secureSocket} has returned. */
interface TlsConnectHandlers {
  /** Called while the stream emits `secureConnect`, so that no event is missed. Half-open if the socket is. */
  secured(stream: TLSSocket): void;
  failed(error: Error): void;
}

const contexts = new WeakMap<TlsClientSettings, SecureContext>();

/**
 * The context that all connections with these settings share, so that certificates are parsed once.
 * @throws {CredentialsError} for a certificate or key that cannot be used
 */
export function clientContext(tls: TlsClientSettings): SecureContext {
  const made = contexts.get(tls) ?? makeContext(tls);
  contexts.set(tls, made);
  return made;
}

function makeContext({ ca, clientCert, clientKey, minVersion }: TlsClientSettings): SecureContext {
  if (ca !== undefined) checkAuthorities('tls.ca', ca);
  if (clientCert !== undefined || clientKey !== undefined) {
    checkPair({
      cert: { option: 'tls.clientCert', pem: clientCert ?? '' },
      key: { option: 'tls.clientKey', pem: clientKey ?? '' },
    });
  }
  try {
    return createSecureContext({
      minVersion,
      ...(ca !== undefined && { ca }),
      ...(clientCert !== undefined && { cert: clientCert }),
      ...(clientKey !== undefined && { key: clientKey }),
    });
  } catch (error) {
    throw new CredentialsError(
      clientCert === undefined ? 'tls.ca' : 'tls.clientCert',
      `cannot be used: ${tlsReason(error as Error)}`,
    );
  }
}

/**
 * Starts TLS on a connected socket. Every handshake is a full one: no session is resumed.
 * @returns aborts the handshake with a reason, which is passed to `failed`
 * @throws {CredentialsError} for a certificate or key that cannot be used
 */
export function secureSocket(
  socket: Socket,
  { host, port, tls }: TlsConnectOptions,
  handlers: TlsConnectHandlers,
): (reason: Error) => void {
  const name = tls.serverName ?? host;
  const options: ConnectionOptions & { readonly highWaterMark: number } = {
    socket,
    secureContext: clientContext(tls),
    host: name, // what the certificate is checked against
    ...(isIP(name) === 0 && { servername: name }), // RFC 6066: an address is not a server name
    rejectUnauthorized: tls.verify,
    highWaterMark: 1, // 'drain' follows every write, and a paused stream reads no further
  };
  const stream = connect(options);
  let isOver = false;
  const timeoutMs = tls.handshakeTimeout * 1000;
  const finish = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(deadline);
    return true;
  };
  const fail = (error: Error): void => {
    if (!finish()) return;
    stream.on('error', () => undefined).destroy();
    handlers.failed(error);
  };
  const giveUp = (): void => fail(new TlsConnectError(hostPort(host, port), undefined, timeoutMs));
  // Timers run before sockets are read: what came while this process was busy still counts.
  const deadline = timeoutMs > 0 ? setTimeout(() => setImmediate(giveUp), timeoutMs) : undefined;
  const onError = (error: Error): void => fail(new TlsConnectError(hostPort(host, port), error));
  stream.once('error', onError);
  stream.once('secureConnect', () => {
    stream.off('error', onError);
    if (finish()) handlers.secured(stream);
  });
  return fail;
}
