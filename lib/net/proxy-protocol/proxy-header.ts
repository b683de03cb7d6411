/** One end of a TCP connection. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Both ends of a connection, of one address family: the client, and the address it connected to. */
export interface Route {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** The versions of the PROXY protocol, as settings name them. */
export type ProxyVersion = 'v1' | 'v2';

/** A parsed PROXY protocol header. */
export interface ProxyHeader {
  readonly version: ProxyVersion;
  /**
   * The connection that the proxy relays. Undefined if the addresses of the proxy's own connection apply: for health
   * checks (LOCAL), and if the proxy relays anything but TCP over IP (UNKNOWN, AF_UNSPEC, AF_UNIX, datagrams).
   */
  readonly route: Route | undefined;
}

/** The result of parsing the first bytes of a connection. */
export type ParsedHeader =
  /** The start of a header. Parse again when there are `need` bytes in all. */
  | { readonly state: 'incomplete'; readonly need: number }
  /** The first `length` bytes are the header; the rest is the client's data. */
  | { readonly state: 'complete'; readonly length: number; readonly header: ProxyHeader }
  /** Not a header, whatever follows. */
  | { readonly state: 'invalid'; readonly reason: string };

export const invalid = (reason: string): ParsedHeader => ({ state: 'invalid', reason });
