import type { Socket } from 'node:net';
import type { AddressSet } from '../net/network';
import type { ProxyHeader } from '../net/proxy-protocol';
import { ProxyHeaderError } from './connection-errors';
import { HeaderReader } from './proxy-protocol/header-reader';
import type { Handshake, TlsAcceptor } from './tls-acceptor';

/** What comes before the first frame of a server's connections. */
export interface OpeningRules {
  /** A PROXY protocol header, from a `trusted` address; from any address if that is undefined. */
  readonly proxy: { readonly trusted: AddressSet | undefined } | undefined;
  /** A TLS handshake. */
  readonly tls: TlsAcceptor | undefined;
  /** Seconds for a PROXY protocol header; 0 is no limit. */
  readonly timeout: number;
}

/** The progress of an opening; nothing is called after one of the last three. */
export interface OpeningHandlers {
  /** A PROXY protocol header of `length` bytes has arrived. */
  named(header: ProxyHeader, length: number): void;
  /** A TLS handshake has begun. */
  began(): void;
  /** The peer ended the connection before it sent anything: a health check, or a port scan. */
  left(): void;
  /** The first frame comes next, on the TLS stream, or without TLS on the socket itself. Both are paused. */
  opened(stream: Socket | undefined): void;
  failed(error: Error): void;
}

/**
 * What comes before the first frame of an accepted socket: a PROXY protocol header, then a TLS handshake, each if the
 * server wants it. Bytes after the header are put back for the handshake, however TCP split them.
 */
export class Opening {
  private headerReader: HeaderReader | undefined;
  private handshake: Handshake | undefined;
  /** The deadline of a stopping server, as performance.now(), in ms. */
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

  /** Stops; no handler is called any more. */
  cancel(): void {
    this.headerReader?.cancel();
    this.handshake?.cancel();
  }

  /** Whether {@link OpeningHandlers.failed} will be called when the connection closes: once a handshake has begun. */
  get reportsClose(): boolean {
    return this.handshake?.hasBegun === true;
  }

  /** The server stops: sets a deadline of `ms` from now. */
  hurry(ms: number): void {
    this.dueBy = performance.now() + ms;
    this.headerReader?.hurry(ms);
    this.handshake?.hurry(ms);
  }

  private readHeader(trusted: AddressSet | undefined): void {
    const { socket, rules, handlers } = this;
    const { remoteAddress } = socket;
    if (trusted !== undefined && remoteAddress === undefined) {
      handlers.left(); // the peer has already left: its address is unknown
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
