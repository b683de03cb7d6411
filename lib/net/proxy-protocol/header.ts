/** One end of a TCP connection. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Both ends of a connection: the client that made it, and what it connected to. Of one family. */
export interface Route {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** The versions of the PROXY protocol, as settings name them. */
export type ProxyVersion = 'v1' | 'v2';

/** What a PROXY protocol header says. */
export interface ProxyHeader {
  readonly version: ProxyVersion;
  /**
   * The connection that the proxy relays. Undefined where the addresses of the proxy's own connection hold: it makes a health check of
   * its own (LOCAL), or relays what is no TCP over IP (UNKNOWN, AF_UNSPEC, AF_UNIX, datagrams).
   */
  readonly route: Route | undefined;
}

/** What the first bytes of a connection are, as far as they have come. */
export type ParsedHeader =
  /** The start of a header. Nothing more can be said before there are `need` bytes in all. */
  | { readonly state: 'incomplete'; readonly need: number }
  /** Its `length` bytes are a header; what follows is the client's. */
  | { readonly state: 'complete'; readonly length: number; readonly header: ProxyHeader }
  /** No header, whatever follows. */
  | { readonly state: 'invalid'; readonly reason: string };

export const invalid = (reason: string): ParsedHeader => ({ state: 'invalid', reason });
