import type { FaultEvent } from '../errors/faults';
import type { Fault } from './connection-errors';
import type { ServerLog } from './server-options';

/** The fields that name a connection in the log. */
interface Identity {
  readonly conn: number;
  readonly client_fd: number;
  readonly remote: string;
  /** Only if connections start with a PROXY protocol header. */
  readonly peer?: string;
}

/**
 * What the log says about one connection: its `client_connect`, the fault that ended it early, its `client_close`. A
 * connection whose `client_connect` is not logged is not logged at all.
 */
export class ConnectionLog {
  /** What ended the connection early; undefined if nothing did. */
  fault: FaultEvent | undefined;
  /** When it was accepted, as performance.now(), in ms. */
  readonly acceptedAt = performance.now();
  private readonly acceptedTime = Date.now();
  private identity: Identity | undefined;
  /** Whether `client_connect` was logged. */
  isLogged = false;
  private isClosed = false;

  /** @param peer the address at the other end of the socket */
  constructor(
    private readonly log: ServerLog,
    private readonly peer: string,
  ) {}

  /** Whether frames are logged. */
  get debugEnabled(): boolean {
    return this.log.debugEnabled;
  }

  /** The number of the connection; 0 until it is admitted. */
  get conn(): number {
    return this.identity?.conn ?? 0;
  }

  /** The client's address: the peer's, or the one in the proxy's header. */
  get remote(): string {
    return this.identity?.remote ?? this.peer;
  }

  /** The connection is admitted. Nothing but `client_drop` is logged before that. */
  admitted(conn: number, client_fd: number, isProxied: boolean): void {
    const { peer } = this;
    this.identity = isProxied ? { conn, client_fd, remote: peer, peer } : { conn, client_fd, remote: peer };
  }

  /** A proxy's header named the client. */
  named(remote: string): void {
    if (this.identity !== undefined) this.identity = { ...this.identity, remote };
  }

  /** Logs `client_connect`, with the time at which it was accepted. A second call does nothing. */
  readonly connected = (): void => {
    if (this.isLogged) return;
    this.isLogged = true;
    this.log.event('client_connect', this.identity, this.acceptedTime);
  };

  dropped(max_connections: number): void {
    this.log.event('client_drop', { remote: this.peer, max_connections });
  }

  frame(event: 'frame_recv' | 'frame_send', payload_len: number): void {
    this.log.event(event, { ...this.identity, payload_len });
  }

  /** Logs what ends the connection early. Only the first fault counts; later ones follow from it. */
  faulted({ event, fields }: Fault): void {
    if (this.fault !== undefined || this.identity === undefined || this.isClosed) return;
    this.fault = event;
    if (this.isLogged) this.log.event(event, { ...this.identity, ...fields });
  }

  /** Logs `client_close`. Called once. */
  closed(frames: number, bytes_in: number, bytes_out: number): void {
    this.isClosed = true;
    const { identity, fault, log } = this;
    if (identity === undefined || !this.isLogged) return;
    if (fault === undefined) log.event('client_disconnect', identity);
    // Not spread: an object literal with a spread is slow to build, which shows at thousands of connections a second.
    const fields = {
      conn: identity.conn,
      client_fd: identity.client_fd,
      remote: identity.remote,
      reason: fault ?? 'disconnect',
      frames,
      bytes_in,
      bytes_out,
      duration_ms: Math.round((performance.now() - this.acceptedAt) * 1000) / 1000,
    };
    log.event('client_close', identity.peer === undefined ? fields : { ...fields, peer: identity.peer });
  }
}
