import { type FaultEvent, faultEvent, faults } from '../errors/faults';
import { errnoOf, errorCode } from '../errors/error-code';
import { firstBytes as hexOf, looksLike } from '../errors/looks-like';
import { FrameOversizeError, FrameTruncatedError } from '../framing';
import type { IdleEvent } from './guard/idle-clock';

/** A guard's limit was exceeded. */
export class GuardTimeoutError extends Error {
  readonly code = 'EAGAIN';

  /**
   * @param event the guard
   * @param seconds its limit
   */
  constructor(
    readonly event: IdleEvent,
    readonly seconds: number,
  ) {
    super(`${event} after ${seconds} s`);
    this.name = 'GuardTimeoutError';
  }
}

/** A stop, or a lingering read, waits no longer for this connection. */
export class StopDeadlineError extends Error {
  readonly code = 'ERR_STOP_DEADLINE';

  /** @param seconds how long it waited */
  constructor(readonly seconds: number) {
    super(`cut off ${seconds} s after the stop`);
    this.name = 'StopDeadlineError';
  }
}

/** A handler threw, rejected, or took too long. `cause` is what it threw. */
export class HandlerError extends Error {
  readonly code = 'ERR_HANDLER_FAILED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HandlerError';
  }
}

/** A connection's fault as it is logged. */
export interface Fault {
  readonly event: FaultEvent;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Finds the row in the table of faults for the error that ended a connection, and the fields of its event. */
export function faultOf(error: Error): Fault {
  if (error instanceof GuardTimeoutError) {
    return { event: error.event, fields: { ...codeFields(faults[error.event].code), timeout_sec: error.seconds } };
  }
  if (error instanceof StopDeadlineError) return { event: 'shutdown', fields: { timeout_sec: error.seconds } };
  if (error instanceof FrameOversizeError) {
    const { code, announced, maxPayload: max_payload, firstBytes } = error;
    const looks_like = looksLike(firstBytes, max_payload);
    return {
      event: 'frame_oversize',
      fields: {
        code,
        announced,
        max_payload,
        first_bytes: hexOf(firstBytes),
        ...(looks_like !== undefined && { looks_like }),
      },
    };
  }
  if (error instanceof FrameTruncatedError) {
    const { code, have, need } = error;
    return { event: 'frame_truncated', fields: { code, have, need } };
  }
  if (error instanceof HandlerError) {
    return { event: 'handler_failed', fields: { code: error.code, message: error.message } };
  }
  const code = errorCode(error);
  return { event: faultEvent(code), fields: codeFields(code) };
}

/** An error's code, and its number if it is a system error. */
function codeFields(code: string | undefined): { code?: string; errno?: number } {
  const errno = errnoOf(code);
  return { ...(errno !== undefined && { errno }), ...(code !== undefined && { code }) };
}
