import type { ClientErrorCode, FrameClientError } from '../client/client-error';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { errorCode } from '../errors/error-code';
import { ConnectError } from '../net/connect-error';
import { connectFailure } from '../net/connect-failure';
import { TlsConnectError } from '../net/tls-connect-error';
import { tlsFailure } from '../net/tls-failure';

/** The exit of a run that a client's error ended. */
interface ClientExit {
  /** `ofCause`: the exit of the system error behind it. */
  readonly exit: ExitName | 'ofCause';
  /** The `code` to log if no error behind it has one. */
  readonly code?: string;
}

/** A row for each `code` of a FrameClientError. The library itself does not know exit codes. */
const clientExits: Readonly<Record<ClientErrorCode, ClientExit>> = {
  ERR_CONNECT_FAILED: { exit: 'ofCause' },
  ERR_CONNECT_TIMEOUT: { exit: 'tempFail', code: 'ETIMEDOUT' },
  ERR_TLS_FAILED: { exit: 'protocol' },
  ERR_TLS_TIMEOUT: { exit: 'tempFail', code: 'ETIMEDOUT' },
  ERR_LOCAL_EXHAUSTED: { exit: 'ofCause' },
  ERR_CONNECTION_CLOSED: { exit: 'protocol' },
  ERR_RECV_TIMEOUT: { exit: 'tempFail', code: 'EAGAIN' },
  ERR_SEND_TIMEOUT: { exit: 'tempFail', code: 'EAGAIN' },
  ERR_CONNECTION_RESET: { exit: 'protocol' },
  ERR_BROKEN_PIPE: { exit: 'protocol' },
  ERR_CONNECTION_BROKEN: { exit: 'ioError' },
  ERR_FRAME_OVERSIZE: { exit: 'protocol' },
  ERR_FRAME_TRUNCATED: { exit: 'protocol' },
  ERR_REPLY_MISSING: { exit: 'protocol' },
  ERR_REPLY_MISMATCH: { exit: 'protocol' },
  ERR_REPLY_UNEXPECTED: { exit: 'protocol' },
  ERR_CLIENT_ENDED: { exit: 'software' },
  ERR_CLIENT_CLOSED: { exit: 'software' },
};

/**
 * Converts a client's error to the error of a run.
 * @param advice what to do, if the message does not say
 */
export function asRunError(error: FrameClientError, advice?: string): unknown {
  const { exit, code } = clientExits[error.code];
  if (error.cause instanceof ConnectError) return connectFailure(error.cause);
  if (error.cause instanceof TlsConnectError) return tlsFailure(error.cause);
  if (exit === 'ofCause') return error.cause;
  const words = advice === undefined ? error.message : `${error.message}; ${advice}`;
  return new RunError(exit, words, errorCode(error.cause) ?? code);
}
