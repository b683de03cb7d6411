import { type FaultEvent, faultEvent, faults } from '../errors/faults';
import { errnoOf, errorCode } from '../errors/error-code';
import { firstBytes as hexOf, looksLike, looksLikeFrame, protocolOf } from '../errors/looks-like';
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

/** The deadline of a stop, or of a lingering read, has passed. */
export class StopDeadlineError extends Error {
  readonly code = 'ERR_STOP_DEADLINE';

  /** @param seconds how long it waited */
  constructor(readonly seconds: number) {
    super(`cut off ${seconds} s after the stop`);
    this.name = 'StopDeadlineError';
  }
}

/** Why a connection that must start with a PROXY protocol header is refused. */
export type ProxyHeaderErrorCode =
  'ERR_PROXY_HEADER_INVALID' | 'ERR_PROXY_HEADER_TRUNCATED' | 'ERR_PROXY_HEADER_TIMEOUT' | 'ERR_PROXY_NOT_TRUSTED';

/** A connection did not start with a valid PROXY protocol header, or may not send one. */
export class ProxyHeaderError extends Error {
  /**
   * @param message what is wrong, in a few words
   * @param bytes what was received
   * @param seconds the limit, for a timeout
   */
  constructor(
    readonly code: ProxyHeaderErrorCode,
    message: string,
    readonly bytes: Buffer,
    readonly seconds?: number,
  ) {
    super(message);
    this.name = 'ProxyHeaderError';
  }
}

/** A TLS handshake failed. */
export class HandshakeError extends Error {
  readonly code: string | undefined;
  /** The deadline, for a timeout. */
  readonly seconds: number | undefined;
  /** The first bytes from the client; undefined if it sent nothing. */
  readonly firstBytes: Buffer | undefined;

  /** @param reason what went wrong, in a few words */
  constructor(
    reason: string,
    {
      code,
      seconds,
      firstBytes,
    }: { code?: string | undefined; seconds?: number | undefined; firstBytes?: Buffer | undefined } = {},
  ) {
    super(reason);
    this.name = 'HandshakeError';
    this.code = code;
    this.seconds = seconds;
    this.firstBytes = firstBytes;
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
        ...(looks_like === 'PROXY protocol' && {
          hint: 'set server.proxyProtocol to require, or turn it off in the proxy',
        }),
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
  if (error instanceof ProxyHeaderError) {
    const { code, message, seconds, bytes } = error;
    const looks_like = looksLike(bytes, 0) ?? (looksLikeFrame(bytes) ? 'length-prefixed frame' : undefined);
    return {
      event: 'proxy_refused',
      fields: {
        code,
        message,
        ...(seconds !== undefined && { timeout_sec: seconds }),
        first_bytes: hexOf(bytes),
        ...(looks_like !== undefined && { looks_like }),
      },
    };
  }
  if (error instanceof HandshakeError) return { event: 'tls_failed', fields: handshakeFields(error) };
  const code = errorCode(error);
  return { event: faultEvent(code), fields: codeFields(code) };
}

/** Whether bytes begin like a frame of less than 16 MiB; a handshake begins with 0x16. */
const isPlainFrame = (bytes: Buffer): boolean => bytes[0] === 0;

/** The fields of a failed handshake; the first bytes only if they are not TLS. */
function handshakeFields({ code, message, seconds, firstBytes }: HandshakeError): Fault['fields'] {
  const name = firstBytes && (protocolOf(firstBytes) ?? (isPlainFrame(firstBytes) ? 'frame without TLS' : undefined));
  const isOther = firstBytes !== undefined && name !== 'TLS ClientHello';
  return {
    ...codeFields(code),
    message,
    ...(seconds !== undefined && { timeout_sec: seconds }),
    ...(isOther && { first_bytes: hexOf(firstBytes) }),
    ...(isOther && name !== undefined && { looks_like: name }),
  };
}

/** An error's code, and its number if it is a system error. */
function codeFields(code: string | undefined): { code?: string; errno?: number } {
  const errno = errnoOf(code);
  return { ...(errno !== undefined && { errno }), ...(code !== undefined && { code }) };
}
