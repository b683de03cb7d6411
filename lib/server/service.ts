import type { Duplex } from 'node:stream';
import type { FrameBatch, Payload } from '../framing';

/** The streams between a connection's decoder and encoder: batches in; batches or payloads out. */
type Stage = Duplex | ((batches: AsyncIterable<FrameBatch>) => AsyncIterable<FrameBatch | Payload>);

/** The service of one connection. */
export interface Service {
  readonly stage: Stage;
  /** Whether it returns exactly what it is sent: everything is then answered when as many bytes were sent as came. */
  readonly isEcho: boolean;
  /** Whether a request is being handled. */
  isWorking(): boolean;
}

/** A client's connection, as its handler sees it. */
export interface ClientConnection {
  /** Number of the connection, from 1, in the order of arrival; `conn` in the log. */
  readonly id: number;
  /** Address of the client: `127.0.0.1:50000`, `[::1]:50000`; behind a proxy, the one in the PROXY protocol header. */
  readonly remote: string;
  /** The address at the other end of the connection: the proxy's, if there is one; otherwise the same as `remote`. */
  readonly peer: string;
  /** Aborted when the connection has closed, in order or not. */
  readonly signal: AbortSignal;
}

/**
 * Makes the service of a connection.
 * @param fail ends the connection with an error
 */
export type ServiceFactory = (connection: ClientConnection, fail: (error: Error) => void) => Service;
