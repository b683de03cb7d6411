import type { SendProxy } from '../net/connect';
import type { ClientTls } from '../client/client-tls';

/** The server to check, and what it promises. A case that needs to know what is left out is skipped. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The version of the PROXY protocol header that each connection begins with. Default off. */
  readonly sendProxy?: SendProxy;
  /** TLS; left out for plain TCP. */
  readonly tls?: ClientTls;
  /** Seconds without progress after which the server counts as silent. Default 5. */
  readonly patience?: number;
  /** Bytes: the largest payload that the server accepts. */
  readonly maxPayload?: number;
  /** Seconds: its idle timeout. */
  readonly serverTimeout?: number;
  /** Seconds from a frame's first byte to its last. */
  readonly serverFrameTimeout?: number;
  /** Its process on this machine, to count its descriptors. A function where a restart changes it. */
  readonly serverPid?: number | (() => number);
  /** False for a server that serves one client at a time, which is allowed. Default true. */
  readonly concurrent?: boolean;
  /** Stops the server and starts it again on the same port. Resolves when it accepts; rejects with the reason if it does not. */
  readonly restart?: () => Promise<void>;
}
