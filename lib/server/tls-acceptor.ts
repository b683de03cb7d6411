import type { Socket } from 'node:net';
import { type SecureContextOptions, type Server, type TLSSocket, createSecureContext, createServer } from 'node:tls';
import { errorCode } from '../errors/error-code';
import { CredentialsError, checkAuthorities, checkPair } from '../net/tls-credentials';
import { certificateProblem, tlsReason } from '../net/tls-words';
import { HandshakeError } from './connection-errors';
import { transportOf } from './socket-handle';
import type { ServerTls } from './tls-options';

/** More than any handshake is given: tls.Server has no way to turn its own deadline off. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/** Bytes that are told of what came instead of a handshake. */
const FIRST_BYTES = 16;

/** How a handshake goes; nothing is called after one of the last two. */
export interface HandshakeHandlers {
  /** The client has sent something. */
  began(): void;
  /** It has ended the connection, and had sent nothing: a health check, or a port scan. */
  left(): void;
  /** `stream` is paused. */
  secured(stream: TLSSocket): void;
  failed(error: HandshakeError): void;
}

/**
 * Makes TLS of accepted sockets, by a tls.Server that does not listen: `emit('connection', socket)` is Node's documented way to have one
 * take a socket over. What was read of the socket before and put back (`unshift`) is the handshake's.
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

  /** Checks credentials without a server: see `checkCredentials`. */
  static check(tls: ServerTls): void {
    contextOptions(tls);
  }

  /**
   * Replaces certificate, key and authorities for the connections that come from now on, all at once.
   * @throws {CredentialsError} for what cannot be used: what was in use stays
   */
  setCredentials(tls: ServerTls): void {
    this.server.setSecureContext(contextOptions(tls));
  }

  /** Begins a handshake on a paused socket. */
  accept(socket: Socket, handlers: HandshakeHandlers): Handshake {
    const handshake = new Handshake(socket, handlers, this.handshakeMs, () => {
      this.handshakes.set(socket, handshake);
      // A client that ends its side in the handshake is gone; the TLS stream takes this from its socket, and is asked for no more.
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
  private deadline: NodeJS.Timeout | undefined;
  private readonly startedAt = performance.now();

  /** @param begin called when the first bytes are there, and have been put back */
  constructor(
    private readonly socket: Socket,
    private readonly handlers: HandshakeHandlers,
    timeoutMs: number,
    private readonly begin: () => void,
  ) {
    socket.once('readable', this.look);
    socket.once('end', this.onEnd);
    if (timeoutMs > 0) this.deadline = setTimeout(this.expire, timeoutMs);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.isOver = true;
    clearTimeout(this.deadline);
  }

  /** Whether it ends by one of the last two handlers, also where the connection is closed meanwhile. */
  get hasBegun(): boolean {
    return this.firstBytes !== undefined;
  }

  /** The server stops: gives it `ms` at most from now on. */
  hurry(ms: number): void {
    if (this.isOver) return;
    const { deadline } = this;
    this.deadline = setTimeout(this.expire, ms);
    clearTimeout(deadline);
  }

  secure(stream: TLSSocket): void {
    if (this.isOver) return;
    this.cancel();
    stream.allowHalfOpen = true;
    this.handlers.secured(stream);
  }

  refuse(error: Error, { authorizationError }: TLSSocket): void {
    // Node's type says Error; it is OpenSSL's code for what is wrong with the client's certificate.
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

  /** The first bytes are put back: they are kept only to tell what a client speaks that does not speak TLS. */
  private readonly look = (): void => {
    if (this.isOver) return;
    const chunk = this.socket.read() as Buffer | null;
    if (chunk === null) {
      this.socket.once('readable', this.look);
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
    throw new CredentialsError('tls.cert', `cannot be used: ${tlsReason(error as Error)}`); // a key that is too short, an old hash
  }
  return options;
}
