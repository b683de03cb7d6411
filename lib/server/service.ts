import type { Duplex } from 'node:stream';
import type { FrameBatch, Payload } from '../framing';

/** What stands between a connection's decoder and its encoder: batches of frames in; batches, or payloads one by one, out. */
type Stage = Duplex | ((batches: AsyncIterable<FrameBatch>) => AsyncIterable<FrameBatch | Payload>);

/** What a server does for one connection. */
export interface Service {
  readonly stage: Stage;
  /** Whether all that came is answered as soon as as many bytes have gone. */
  readonly isEcho: boolean;
  /** Whether a request is being worked on. */
  isWorking(): boolean;
}

/** A connection, as who serves it sees it. */
export interface ClientConnection {
  /** Its number: 1, 2, 3 … in the order in which they came. */
  readonly id: number;
  /** The client's address: `127.0.0.1:50000`, `[::1]:50000`. Behind a proxy, the one that the PROXY protocol header names. */
  readonly remote: string;
  /** The address at the other end of the connection: the proxy's, where there is one; else the same as `remote`. */
  readonly peer: string;
  /** Aborted when the connection is over. */
  readonly signal: AbortSignal;
}

/**
 * Makes a service for each connection.
 * @param fail to be called with what went wrong; the connection is ended then
 */
export type ServiceFactory = (connection: ClientConnection, fail: (error: Error) => void) => Service;
