import type { Socket } from 'node:net';
import { type SecureContextOptions, type Server, type TLSSocket, createSecureContext, createServer } from 'node:tls';
import { type CancelDeadline, setDeadline } from '../deadline';
import { errorCode } from '../errors/error-code';
import { CredentialsError, checkAuthorities, checkPair } from '../net/tls-credentials';
import { certificateProblem, tlsReason } from '../net/tls-words';
import { HandshakeError } from './connection-errors';
import { transportOf } from './socket-handle';
import type { ServerTls } from './server-tls';

/** Longer than any handshake may take: the deadline of tls.Server itself cannot be turned off. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/** Bytes kept to log what came instead of a handshake. */
const FIRST_BYTES = 16;

/** The progress of a handshake; nothing is called after `left`, `secured` or `failed`. */
export interface HandshakeHandlers {
  /** The client has sent something. */
  began(): void;
  /** The client ended the connection before it sent anything: a health check, or a port scan. */
  left(): void;
  /** `stream` is paused. */
  secured(stream: TLSSocket): void;
  failed(error: HandshakeError): void;
}

/**
 * Starts TLS on accepted sockets, with a tls.Server that does not listen: `emit('connection', socket)` is Node's
 * documented way to hand it a socket. Bytes that were read and put back (`unshift`) belong to the handshake.
 */
export class TlsAcceptor {
  private readonly server: Server;
  private readonly handshakes = new Map<Socket, Handshake>();
  readonly handshakeMs: number;

  /** @throws {CredentialsError} for a certificate or key that cannot be used */
  constructor(tls: ServerTls) {
    this.handshakeMs = tls.handshakeTimeout * 1000;
    this.server = createServer({
      ...contextOptions(tls),
      requestCert: tls.clientCa !== undefined,
      rejectUnauthorized: tls.clientCa !== undefined,
      pauseOnConnect: true,
      handshakeTimeout: NO_DEADLINE_MS,
    });
    this.server.on('secureConnection', (stream) => this.take(stream)?.secure(stream));
    this.server.on('tlsClientError', (error, stream) => this.take(stream)?.refuse(error, stream));
  }

  /** Checks credentials without making a server. @throws {CredentialsError} */
  static check(tls: ServerTls): void {
    contextOptions(tls);
  }

  /**
   * Replaces certificate, key and authorities for new connections, all at once.
   * @throws {CredentialsError} for one that cannot be used; then nothing is replaced
   */
  setCredentials(tls: ServerTls): void {
    this.server.setSecureContext(contextOptions(tls));
  }

  /** Begins a handshake on a paused socket. */
  accept(socket: Socket, handlers: HandshakeHandlers): Handshake {
    const handshake = new Handshake(socket, handlers, this.handshakeMs, () => {
      this.handshakes.set(socket, handshake);
      // A client that half-closes in the handshake has left. The TLS stream copies this option when it is made.
      socket.allowHalfOpen = false;
      this.server.emit('connection', socket);
    });
    return handshake;
  }

  private take(stream: TLSSocket): Handshake | undefined {
    const socket = transportOf(stream);
    const handshake = this.handshakes.get(socket);
    this.handshakes.delete(socket);
    return handshake;
  }
}

/** One client's handshake: its first bytes, the rest, and its deadline. */
export class Handshake {
  private isOver = false;
  private firstBytes: Buffer | undefined;
  private cancelDeadline: CancelDeadline | undefined;
  private readonly startedAt = performance.now();

  /** @param begin called when the first bytes have arrived and been put back */
  constructor(
    private readonly socket: Socket,
    private readonly handlers: HandshakeHandlers,
    timeoutMs: number,
    private readonly begin: () => void,
  ) {
    socket.once('readable', this.keepFirstBytes);
    socket.once('end', this.onEnd);
    if (timeoutMs > 0) this.cancelDeadline = setDeadline(timeoutMs, this.expire);
  }

  /** Stops; no handler is called any more. */
  cancel(): void {
    this.isOver = true;
    this.cancelDeadline?.();
  }

  /** Whether `secured` or `failed` will be called, even if the connection closes first. */
  get hasBegun(): boolean {
    return this.firstBytes !== undefined;
  }

  /** The server stops: sets a deadline of `ms` from now. */
  hurry(ms: number): void {
    if (this.isOver) return;
    this.cancelDeadline?.();
    this.cancelDeadline = setDeadline(ms, this.expire);
  }

  secure(stream: TLSSocket): void {
    if (this.isOver) return;
    this.cancel();
    stream.allowHalfOpen = true;
    this.handlers.secured(stream);
  }

  refuse(error: Error, { authorizationError }: TLSSocket): void {
    // Node's type is Error, but the value is OpenSSL's verification code.
    const certificate = authorizationError as unknown as string | undefined;
    const problem = certificate && certificateProblem(certificate);
    if (certificate) this.fail(`the client's certificate ${problem ?? 'was not accepted'}`, certificate);
    else if (errorCode(error) === 'ECONNRESET') this.fail('the client left in the handshake', 'ECONNRESET');
    else this.fail(tlsReason(error), errorCode(error));
  }

  private fail(reason: string, code?: string, seconds?: number): void {
    if (this.isOver) return;
    this.cancel();
    this.handlers.failed(new HandshakeError(reason, { code, seconds, firstBytes: this.firstBytes }));
  }

  /** Keeps the first bytes, to log what a client speaks instead of TLS, and puts them back. */
  private readonly keepFirstBytes = (): void => {
    if (this.isOver) return;
    const chunk = this.socket.read() as Buffer | null;
    if (chunk === null) {
      this.socket.once('readable', this.keepFirstBytes);
      return;
    }
    this.firstBytes = Buffer.from(chunk.subarray(0, FIRST_BYTES));
    this.socket.unshift(chunk);
    this.socket.off('end', this.onEnd);
    this.handlers.began();
    this.begin();
  };

  private readonly onEnd = (): void => {
    if (this.isOver) return;
    this.cancel();
    this.handlers.left();
  };

  private readonly expire = (): void => {
    const seconds = Math.round(performance.now() - this.startedAt) / 1000;
    this.fail(this.firstBytes === undefined ? 'the client sent nothing' : 'it took too long', 'ETIMEDOUT', seconds);
  };
}

function contextOptions({ cert, key, clientCa, minVersion }: ServerTls): SecureContextOptions {
  checkPair({ cert: { option: 'tls.cert', pem: cert }, key: { option: 'tls.key', pem: key } });
  if (clientCa !== undefined) checkAuthorities('tls.clientCa', clientCa);
  const options = { cert, key, minVersion, ...(clientCa !== undefined && { ca: clientCa }) };
  try {
    createSecureContext(options);
  } catch (error) {
    // For example a key that is too short, or an old hash.
    throw new CredentialsError('tls.cert', `cannot be used: ${tlsReason(error as Error)}`);
  }
  return options;
}
