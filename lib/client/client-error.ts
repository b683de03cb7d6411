/** What can end a client's connection, or be wrong with a reply: by event name, the `code` of its error. */
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

/** The event name of what can go wrong for a client. */
export type ClientFault = keyof typeof clientErrorCodes;

/** The `code` of a {@link FrameClientError}. */
export type ClientErrorCode = (typeof clientErrorCodes)[ClientFault];

/**
 * Why a client's connection ended early, or a reply is not what it should be.
 *
 * | `code`                  | when                                                                                      |
 * | ----------------------- | ----------------------------------------------------------------------------------------- |
 * | `ERR_CONNECT_FAILED`    | no connection came about; `cause` is the system's error (`ECONNREFUSED`, `ENOTFOUND` …)   |
 * | `ERR_CONNECT_TIMEOUT`   | none came about within `timeout`                                                          |
 * | `ERR_TLS_FAILED`        | one side refused the TLS handshake, or what followed; `cause` has the `code` of Node or OpenSSL |
 * | `ERR_TLS_TIMEOUT`       | the handshake was not done within `tls.handshakeTimeout`                                  |
 * | `ERR_LOCAL_EXHAUSTED`   | this machine has no port, descriptor or memory left for a connection                      |
 * | `ERR_CONNECTION_CLOSED` | the other side ended it between two messages (told by the load test)                      |
 * | `ERR_RECV_TIMEOUT`      | a reply was waited for, and no byte came for `timeout`                                    |
 * | `ERR_SEND_TIMEOUT`      | bytes waited to be sent, and the server took none for `timeout`                           |
 * | `ERR_CONNECTION_RESET`  | the server reset the connection; `cause` is the system's error (`ECONNRESET`)             |
 * | `ERR_BROKEN_PIPE`       | it was sent to after the server had closed; `cause` is the system's error (`EPIPE`)       |
 * | `ERR_CONNECTION_BROKEN` | it broke otherwise; `cause` is the system's error                                         |
 * | `ERR_FRAME_OVERSIZE`    | a header announced more than `maxPayload`; `cause` is the FrameOversizeError              |
 * | `ERR_FRAME_TRUNCATED`   | the server ended its side inside a frame; `cause` is the FrameTruncatedError              |
 * | `ERR_REPLY_MISSING`     | the server ended its side where a request's reply was due                                 |
 * | `ERR_REPLY_MISMATCH`    | an echo is not what was sent (told by the commands, not by FrameClient)                   |
 * | `ERR_REPLY_UNEXPECTED`  | a reply came that nothing was sent for (the same)                                         |
 * | `ERR_CLIENT_ENDED`      | `send` or `request` after `end`; the connection lives on                                  |
 * | `ERR_CLIENT_CLOSED`     | `close` was called, or a `for await` left                                                 |
 */
export class FrameClientError extends Error {
  /** Stable: what programs tell errors apart by. */
  readonly code: ClientErrorCode;

  /**
   * @param event the same in the words of the log and the load test's report
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
