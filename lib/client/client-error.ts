/** Everything that can go wrong for a client: event name and `code`. */
export const clientErrorCodes = {
  connect_failed: 'ERR_CONNECT_FAILED',
  connect_timeout: 'ERR_CONNECT_TIMEOUT',
  tls_failed: 'ERR_TLS_FAILED',
  tls_timeout: 'ERR_TLS_TIMEOUT',
  local_exhausted: 'ERR_LOCAL_EXHAUSTED',
  connection_closed: 'ERR_CONNECTION_CLOSED',
  recv_timeout: 'ERR_RECV_TIMEOUT',
  send_timeout: 'ERR_SEND_TIMEOUT',
  client_reset: 'ERR_CONNECTION_RESET',
  broken_pipe: 'ERR_BROKEN_PIPE',
  io_error: 'ERR_CONNECTION_BROKEN',
  frame_oversize: 'ERR_FRAME_OVERSIZE',
  frame_truncated: 'ERR_FRAME_TRUNCATED',
  reply_missing: 'ERR_REPLY_MISSING',
  reply_mismatch: 'ERR_REPLY_MISMATCH',
  reply_unexpected: 'ERR_REPLY_UNEXPECTED',
  client_ended: 'ERR_CLIENT_ENDED',
  client_closed: 'ERR_CLIENT_CLOSED',
} as const;

/** An error of a client as the log and the load test's report name it. */
export type ClientFault = keyof typeof clientErrorCodes;

/** The `code` of a {@link FrameClientError}. */
export type ClientErrorCode = (typeof clientErrorCodes)[ClientFault];

/**
 * An error of a client's connection, or a wrong reply.
 *
 * | `code`                  | when                                                                                      |
 * | ----------------------- | ----------------------------------------------------------------------------------------- |
 * | `ERR_CONNECT_FAILED`    | no address accepted; `cause` is an error with the system's `code` (`ECONNREFUSED` …)      |
 * | `ERR_CONNECT_TIMEOUT`   | no address accepted within `timeout`                                                      |
 * | `ERR_TLS_FAILED`        | the TLS handshake, or TLS after it, failed; `cause` has the `code` of Node or OpenSSL     |
 * | `ERR_TLS_TIMEOUT`       | the handshake took longer than `tls.handshakeTimeout`                                     |
 * | `ERR_LOCAL_EXHAUSTED`   | this machine has no port, descriptor or memory left for a connection                      |
 * | `ERR_CONNECTION_CLOSED` | the server closed between two messages (load test only)                                   |
 * | `ERR_RECV_TIMEOUT`      | a reply was due, and no byte came for `timeout`                                           |
 * | `ERR_SEND_TIMEOUT`      | bytes were to be sent, and the server took none for `timeout`                             |
 * | `ERR_CONNECTION_RESET`  | the server reset the connection; `cause` is the system's error (`ECONNRESET`)             |
 * | `ERR_BROKEN_PIPE`       | the client sent after the server had closed; `cause` is the system's error (`EPIPE`)      |
 * | `ERR_CONNECTION_BROKEN` | any other system error, which is the `cause`                                              |
 * | `ERR_FRAME_OVERSIZE`    | a header announced more than `maxPayload`; `cause` is the FrameOversizeError              |
 * | `ERR_FRAME_TRUNCATED`   | the server sent FIN inside a frame; `cause` is the FrameTruncatedError                    |
 * | `ERR_REPLY_MISSING`     | the server sent FIN while a request's reply was due                                       |
 * | `ERR_REPLY_MISMATCH`    | an echo differs from what was sent (commands only)                                        |
 * | `ERR_REPLY_UNEXPECTED`  | a reply came that nothing was sent for (commands only)                                    |
 * | `ERR_CLIENT_ENDED`      | `send` or `request` was called after `end`; the connection stays open                     |
 * | `ERR_CLIENT_CLOSED`     | `close` was called, or a `for await` loop was left                                        |
 */
export class FrameClientError extends Error {
  /** Stable, for programs to tell errors apart. */
  readonly code: ClientErrorCode;

  /**
   * @param event name of the error in the log and the load test's report; `code` follows from it
   * @param message one line: what failed, which value
   */
  constructor(
    readonly event: ClientFault,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'FrameClientError';
    this.code = clientErrorCodes[event];
  }
}
