import { constants } from 'node:os';

/** The level words that an event can have, in the log's order. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One row of the exit code table. */
export interface ExitRow {
  readonly code: number;
  readonly when: string;
}

/**
 * How a run can end. The numbers are those of sysexits.h where it has one; 129 and 130 are 128 + SIGHUP and 128 + SIGINT, as shells count.
 * @see https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
 */
export const exits = {
  ok: { code: 0, when: 'done; a server stopped by SIGTERM that drained' },
  failed: { code: 1, when: 'a load test or check ran and something failed' },
  usage: { code: 64, when: 'usage: unknown command or flag, bad flag value' },
  noInput: { code: 66, when: 'a named config file is missing or unreadable' },
  noHost: { code: 68, when: 'host name unknown' },
  unavailable: {
    code: 69,
    when: 'cannot listen or connect: EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH',
  },
  software: { code: 70, when: 'a fault of ours: uncaught error' },
  osError: { code: 71, when: 'EMFILE, ENFILE, ENOMEM' },
  ioError: { code: 74, when: 'EIO, ENOSPC, other I/O' },
  tempFail: {
    code: 75,
    when: 'timeout; a stop whose deadline passed with clients cut off; a client, load test or check that SIGTERM ended early',
  },
  protocol: { code: 76, when: 'protocol: reply differs, ends early, or the peer refused the frame' },
  noPermission: { code: 77, when: 'EACCES, EPERM' },
  config: { code: 78, when: 'a config file or variable holds a bad value, or a key that no setting has' },
  hangUp: { code: 129, when: 'the terminal was closed (SIGHUP), after the same drain as SIGTERM' },
  interrupted: { code: 130, when: 'SIGINT, after the same drain as SIGTERM' },
} as const satisfies Record<string, ExitRow>;

/** The name of a row of {@link exits}. */
export type ExitName = keyof typeof exits;

/** The signals that stop a run, and how it exits that was not done. A server that drained for SIGTERM is done. */
export const stopSignals = {
  SIGHUP: 'hangUp',
  SIGINT: 'interrupted',
  SIGTERM: 'tempFail',
} as const satisfies Record<string, ExitName>;

/** The name of a row of {@link stopSignals}. */
export type StopSignal = keyof typeof stopSignals;

/** The signal that a run was stopped by; `undefined` where it was not. */
export function stopSignal(stop: AbortSignal): StopSignal | undefined {
  return stop.aborted ? (stop.reason as StopSignal) : undefined;
}

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

/** How a run ends, by the code of the error that ended it. */
const exitByCode = new Map<string, ExitName>([
  ['ENOTFOUND', 'noHost'],
  ['EAI_AGAIN', 'noHost'],
  ['EAI_NONAME', 'noHost'],
  ['EADDRINUSE', 'unavailable'],
  ['EADDRNOTAVAIL', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['EHOSTUNREACH', 'unavailable'],
  ['ENETUNREACH', 'unavailable'],
  ['EMFILE', 'osError'],
  ['ENFILE', 'osError'],
  ['ENOMEM', 'osError'],
  ['ETIMEDOUT', 'tempFail'],
  ['EAGAIN', 'tempFail'],
  ['ECONNRESET', 'protocol'],
  ['EPIPE', 'protocol'],
  ['ERR_FRAME_OVERSIZE', 'protocol'],
  ['ERR_FRAME_TRUNCATED', 'protocol'],
  ['EACCES', 'noPermission'],
  ['EPERM', 'noPermission'],
]);

/** An error's code, where it carries one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A system error's positive number (EAGAIN is 11), as in errno(3); undefined where the code is none of the system's. */
export function errnoOf(code: string | undefined): number | undefined {
  return code === undefined ? undefined : (constants.errno as Record<string, number>)[code];
}

/** An error whose words are meant for the person at the terminal, and the exit it leads to. */
export class RunError extends Error {
  /**
   * @param exit how the run ends
   * @param message one line: what failed, which value, what to do
   * @param code the error code behind it, where there is one
   */
  constructor(
    readonly exit: ExitName,
    message: string,
    readonly code?: string,
  ) {
    super(message);
    this.name = 'RunError';
  }
}

/** How a run that `error` ended exits: a system error by the table, another I/O error as `ioError`, the rest is our fault. */
export function exitFor(error: unknown): ExitName {
  if (error instanceof RunError) return error.exit;
  const code = errorCode(error);
  if (code === undefined) return 'software';
  return exitByCode.get(code) ?? (errnoOf(code) === undefined ? 'software' : 'ioError');
}
