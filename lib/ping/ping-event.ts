/**
 * Why a ping got no reply: there was no connection to send it on; nothing came back in time, or the connection ended
 * first; what came back is not what was sent.
 */
export type LossCause = 'no_connection' | 'no_echo' | 'wrong_echo';

/** What happens in a run. `at` and `sentAt` are ms since 1970. */
export type PingEvent =
  | {
      readonly type: 'reply';
      readonly at: number;
      readonly sentAt: number;
      readonly seq: number;
      /** Of the payload. */
      readonly bytes: number;
      /** Round trip, in ms. */
      readonly ms: number;
      /** On the first reply of a connection: how long it took to connect, in ms. */
      readonly connectMs?: number;
      /** The part of it that the TLS handshake took, in ms. */
      readonly handshakeMs?: number;
    }
  | {
      readonly type: 'lost';
      readonly at: number;
      readonly sentAt: number;
      readonly seq: number;
      readonly cause: LossCause;
      /** One line. */
      readonly message: string;
    }
  /** The connection ended while no reply was due. */
  | { readonly type: 'closed'; readonly at: number; readonly message: string };
