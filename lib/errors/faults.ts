/** The level words that an event can have, in the log's order. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What ends one connection early; the run goes on. */
export interface FaultRow {
  /** The error code that leads to this row, where one does. */
  readonly code?: string;
  readonly level: LogLevel;
  readonly cause: string;
  /**
   * What becomes of the connection: `finish` echoes what came whole, sends FIN and reads on until the peer closes, so
   * that no reset can take the echoes back; `destroy` closes at once.
   */
  readonly close: 'finish' | 'destroy';
}

/** Log event of a connection's fault, by event name. */
export const faults = {
  recv_timeout: {
    code: 'EAGAIN',
    level: 'warn',
    cause: 'EAGAIN (11): idle guard, nothing received',
    close: 'destroy',
  },
  send_timeout: {
    code: 'EAGAIN',
    level: 'warn',
    cause: 'EAGAIN (11): idle guard, nothing could be sent',
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
    cause: 'frame not whole within `frameTimeout`',
    close: 'finish',
  },
  client_reset: { code: 'ECONNRESET', level: 'warn', cause: 'ECONNRESET', close: 'destroy' },
  broken_pipe: { code: 'EPIPE', level: 'warn', cause: 'EPIPE', close: 'destroy' },
  frame_oversize: {
    code: 'ERR_FRAME_OVERSIZE',
    level: 'error',
    cause: 'announced length over the limit',
    close: 'finish',
  },
  frame_truncated: {
    code: 'ERR_FRAME_TRUNCATED',
    level: 'warn',
    cause: 'stream ended inside a frame',
    close: 'finish',
  },
  proxy_refused: {
    level: 'warn',
    cause: 'no valid PROXY protocol header where one is required, or from an address that may send none',
    close: 'destroy',
  },
  handler_failed: {
    code: 'ERR_HANDLER_FAILED',
    level: 'error',
    cause: 'a handler of the library threw, rejected or took too long',
    close: 'finish',
  },
  shutdown: { level: 'warn', cause: 'shutdown deadline', close: 'destroy' },
  io_error: { level: 'error', cause: 'any other', close: 'destroy' },
} as const satisfies Record<string, FaultRow>;

/** The event name of a connection's fault. */
export type FaultEvent = keyof typeof faults;

/** Error codes that mean one event only; EAGAIN does not: its guard says which. */
const eventByCode = new Map<string, FaultEvent>(
  (Object.entries(faults) as [FaultEvent, FaultRow][]).flatMap(([event, { code }]) =>
    code === undefined || code === 'EAGAIN' ? [] : [[code, event]],
  ),
);

/** The event for an error that ended a connection: `io_error` for a code that no row names. */
export function faultEvent(code: string | undefined): FaultEvent {
  return (code === undefined ? undefined : eventByCode.get(code)) ?? 'io_error';
}
