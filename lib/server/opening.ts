import type { Socket } from 'node:net';
import type { AddressSet } from '../net/network';
import type { ProxyHeader } from '../net/proxy-protocol';
import { ProxyHeaderError } from './connection-errors';
import { HeaderReader } from './proxy-protocol/header-reader';
import type { Handshake, TlsAcceptor } from './tls-acceptor';

/** What connections of a server begin with. */
export interface OpeningRules {
  /** They begin with a PROXY protocol header, from one of `trusted`, or from anybody where that is undefined. */
  readonly proxy: { readonly trusted: AddressSet | undefined } | undefined;
  /** They speak TLS, made by this. */
  readonly tls: TlsAcceptor | undefined;
  /** Seconds for a PROXY protocol header; 0 is no limit. */
  readonly timeout: number;
}

/** How an opening goes; nothing is called after one of the last three. */
export interface OpeningHandlers {
  /** A PROXY protocol header of `length` bytes has come. */
  named(header: ProxyHeader, length: number): void;
  /** A TLS handshake has begun. */
  began(): void;
  /** The peer has ended the connection, and had sent nothing where something had to come: a health check, or a port scan. */
  left(): void;
  /** What comes now is the first frame: of the TLS stream, or of the socket itself where there is none. It is paused. */
  opened(stream: Socket | undefined): void;
  failed(error: Error): void;
}

/**
 * What comes before the first frame of an accepted socket: a PROXY protocol header, then a TLS handshake, each where it is wanted. What one
 * leaves unread is the other's, in whatever segments it comes.
 */
export class Opening {
  private headerReader: HeaderReader | undefined;
  private handshake: Handshake | undefined;
  /** When it has to be done, as the server stops; as performance.now() counts. */
  private dueBy = Infinity;

  constructor(
    private readonly socket: Socket,
    private readonly rules: OpeningRules,
    private readonly handlers: OpeningHandlers,
  ) {}

  begin(): void {
    const { proxy } = this.rules;
    if (proxy === undefined) this.secure();
    else this.readHeader(proxy.trusted);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.headerReader?.cancel();
    this.handshake?.cancel();
  }

  /** Whether the end of its connection comes back as a failure: that of a handshake which has begun. */
  get tellsItsEnd(): boolean {
    return this.handshake?.hasBegun === true;
  }

  /** The server stops: gives it `ms` at most from now on. */
  hurry(ms: number): void {
    this.dueBy = performance.now() + ms;
    this.headerReader?.hurry(ms);
    this.handshake?.hurry(ms);
  }

  private readHeader(trusted: AddressSet | undefined): void {
    const { socket, rules, handlers } = this;
    const { remoteAddress } = socket;
    if (trusted !== undefined && remoteAddress === undefined) {
      handlers.left(); // gone already: whether it could be trusted is not known
      return;
    }
    if (remoteAddress !== undefined && trusted?.has(remoteAddress) === false) {
      const message = `${remoteAddress} is not one of server.trustedProxies`;
      handlers.failed(new ProxyHeaderError('ERR_PROXY_NOT_TRUSTED', message, Buffer.alloc(0)));
      return;
    }
    this.headerReader = new HeaderReader(socket, rules.timeout, {
      received: (header, length) => {
        handlers.named(header, length);
        this.secure();
      },
      left: () => handlers.left(),
      failed: (error) => handlers.failed(error),
    });
  }

  private secure(): void {
    const { socket, rules, handlers } = this;
    if (rules.tls === undefined) {
      handlers.opened(undefined);
      return;
    }
    this.handshake = rules.tls.accept(socket, {
      began: () => handlers.began(),
      left: () => handlers.left(),
      secured: (stream) => handlers.opened(stream),
      failed: (error) => handlers.failed(error),
    });
    if (this.dueBy < Infinity) this.handshake.hurry(Math.max(this.dueBy - performance.now(), 0));
  }
}
