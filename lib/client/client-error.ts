import { getSystemErrorMap } from 'node:util';
import { type ExitName, type FaultEvent, RunError, errnoOf, errorCode, exitFor, faultEvent, faults } from '../errors';

/** What goes wrong for a client beyond the faults that a connection has on either side, and how a run that meets it ends. */
const clientFaults = {
  /** As the system's error says: 68, 69, 71, 77. */
  connect_failed: undefined,
  connect_timeout: 'tempFail',
  /** No port, descriptor or memory left for a connection on this side; ends as the system's error says. */
  local_exhausted: undefined,
  /** Ended by the other side between two messages. */
  connection_closed: 'protocol',
  reply_missing: 'protocol',
  reply_mismatch: 'protocol',
  reply_unexpected: 'protocol',
} as const satisfies Record<string, ExitName | undefined>;

/** The event name of what can go wrong for a client. */
export type ClientFault = FaultEvent | keyof typeof clientFaults;

function exitOf(event: ClientFault, cause: unknown): ExitName {
  return event in faults
    ? faults[event as FaultEvent].exit
    : (clientFaults[event as keyof typeof clientFaults] ?? exitFor(cause));
}

/**
 * Why a client's connection ended early, or a reply is not what it should be. `event` names it as the log and the load test's
 * report do, `code` is the error code behind it (`ECONNREFUSED`, `EAGAIN`, `ERR_FRAME_OVERSIZE` …) where there is one, `exit` how
 * a run ends that it ends, and `cause` the error behind it.
 */
export class FrameClientError extends RunError {
  constructor(
    readonly event: ClientFault,
    message: string,
    { cause, code = errorCode(cause) }: { cause?: unknown; code?: string } = {},
  ) {
    super(exitOf(event, cause), message, code);
    this.name = 'FrameClientError';
    if (cause !== undefined) this.cause = cause;
  }

  /** A system error that ended a connection to `peer` that stood. */
  static ofConnection(error: Error, peer: string): FrameClientError {
    return new FrameClientError(faultEvent(errorCode(error)), `the connection to ${peer} broke: ${inWords(error)}`, {
      cause: error,
    });
  }

  /** A system error that let no connection to `peer` come about. */
  static ofConnect(error: Error, peer: string): FrameClientError {
    return new FrameClientError('connect_failed', `cannot connect to ${peer}: ${inWords(error)}`, { cause: error });
  }
}

/** "connection refused (ECONNREFUSED)"; of several attempts, one an address of the same host, the last. */
function inWords(error: Error): string {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  if (!(last instanceof Error)) return error.message;
  const code = errorCode(last);
  const meaning = getSystemErrorMap().get(-(errnoOf(code) ?? 0))?.[1];
  return meaning === undefined || code === undefined ? last.message : `${meaning} (${code})`;
}
