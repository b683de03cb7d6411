/** Levels of the log, lowest first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A way in which a connection ends early. The run goes on. */
export interface FaultRow {
  /** The error code of this row, if it has one. */
  readonly code?: string;
  readonly level: LogLevel;
  readonly cause: string;
  /**
   * How the connection is closed. `finish`: echo the whole frames received, send FIN, then read and discard until the
   * peer closes, because a reset would destroy echoes that the peer has not read yet. `destroy`: close at once.
   */
  readonly close: 'finish' | 'destroy';
}

/** The faults of a connection, by the name of their log event. */
export const faults = {
  recv_timeout: {
    code: 'EAGAIN',
    level: 'warn',
    cause: 'EAGAIN (11): idle timeout, nothing received',
    close: 'destroy',
  },
  send_timeout: {
    code: 'EAGAIN',
    level: 'warn',
    cause: 'EAGAIN (11): idle timeout, nothing could be sent',
    close: 'destroy',
  },
  tls_failed: {
    level: 'warn',
    cause: 'a TLS handshake failed, or took longer than `tls.handshakeTimeout`',
    close: 'destroy',
  },
  frame_timeout: {
    code: 'EAGAIN',
    level: 'warn',
    cause: 'a frame was not complete within `server.frameTimeout`',
    close: 'finish',
  },
  client_reset: {
    code: 'ECONNRESET',
    level: 'warn',
    cause: 'ECONNRESET: the client reset the connection',
    close: 'destroy',
  },
  broken_pipe: { code: 'EPIPE', level: 'warn', cause: 'EPIPE: sent after the client had closed', close: 'destroy' },
  frame_oversize: {
    code: 'ERR_FRAME_OVERSIZE',
    level: 'error',
    cause: 'a header announced more than `echo.maxPayload`',
    close: 'finish',
  },
  frame_truncated: {
    code: 'ERR_FRAME_TRUNCATED',
    level: 'warn',
    cause: 'the stream ended inside a frame',
    close: 'finish',
  },
  proxy_refused: {
    level: 'warn',
    cause: 'no valid PROXY protocol header, or one from an address that may not send it',
    close: 'destroy',
  },
  handler_failed: {
    code: 'ERR_HANDLER_FAILED',
    level: 'error',
    cause: 'a handler (library only) threw, rejected or took too long',
    close: 'finish',
  },
  shutdown: { level: 'warn', cause: 'cut off at the end of `server.shutdownTimeout`', close: 'destroy' },
  io_error: { level: 'error', cause: 'any other error', close: 'destroy' },
} as const satisfies Record<string, FaultRow>;

/** The name of a row of {@link faults}. */
export type FaultEvent = keyof typeof faults;

/** The event by error code. EAGAIN is left out: three events have it, and the guard says which one. */
const eventByCode = new Map<string, FaultEvent>(
  (Object.entries(faults) as [FaultEvent, FaultRow][]).flatMap(([event, { code }]) =>
    code === undefined || code === 'EAGAIN' ? [] : [[code, event]],
  ),
);

/** The event for the error that ended a connection; `io_error` if no row has its code. */
export function faultEvent(code: string | undefined): FaultEvent {
  return (code === undefined ? undefined : eventByCode.get(code)) ?? 'io_error';
}
