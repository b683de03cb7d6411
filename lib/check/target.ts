import type { SendProxy } from '../net/connect';
import type { ClientTls } from '../client/tls-options';

/** The server to check, and what it promises. What is left out is not known, and the cases that need it are skipped. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Whether each connection begins with a PROXY protocol header, for a server that requires one. Default off. */
  readonly sendProxy?: SendProxy;
  /** TLS; left out where the server speaks plain TCP. */
  readonly tls?: ClientTls;
  /** Seconds to wait for an answer with no byte moving before the server is said to be silent. Default 5. */
  readonly patience?: number;
  /** Bytes: the largest payload that the server accepts. */
  readonly maxPayload?: number;
  /** Seconds: its idle guard. */
  readonly serverTimeout?: number;
  /** Seconds from a frame's first byte to its last. */
  readonly serverFrameTimeout?: number;
  /** Its process, on this machine, whose descriptors can be counted; asked for each time where a restart makes it another. */
  readonly serverPid?: number | (() => number);
  /** False for a server that serves one client at a time, which is its right. Default true. */
  readonly concurrent?: boolean;
  /** Stops the server and starts it again on the same port; resolves when it accepts, rejects with the reason. */
  readonly restart?: () => Promise<void>;
}
