import { expect } from 'chai';
import { TlsConnectError } from '../../lib/net/tls-connect-error';
import {
  type ClientErrorCode,
  type ClientFault,
  FrameClientError,
  clientErrorCodes,
} from '../../lib/client/client-error';
import { asRunError } from '../../lib/commands/client-exits';
import { type ExitName, exits } from '../../lib/errors/exits';
import { RunError } from '../../lib/errors/run-error';
import { errnoOf, errorCode } from '../../lib/errors/error-code';
import { exitFor } from '../../lib/errors/exit-for';
import { FrameOversizeError, FrameTruncatedError } from '../../lib/framing';

const system = (code: string): Error => Object.assign(new Error(code), { code });

const tlsError = (code: string): TlsConnectError =>
  new TlsConnectError('a:1', Object.assign(new Error(code), { code }));

/** What a run ends with, by the client's error: its exit, and what its log has as `code` and `errno`. */
const rows: [
  event: ClientFault,
  code: ClientErrorCode,
  cause: Error | undefined,
  exit: ExitName,
  status: number,
  logged: string | undefined,
  errno: number | undefined,
][] = [
  ['connect_failed', 'ERR_CONNECT_FAILED', system('ECONNREFUSED'), 'unavailable', 69, 'ECONNREFUSED', 111],
  ['connect_failed', 'ERR_CONNECT_FAILED', system('ENOTFOUND'), 'noHost', 68, 'ENOTFOUND', undefined],
  ['connect_failed', 'ERR_CONNECT_FAILED', system('EMFILE'), 'osError', 71, 'EMFILE', 24],
  ['connect_failed', 'ERR_CONNECT_FAILED', system('EACCES'), 'noPermission', 77, 'EACCES', 13],
  ['connect_failed', 'ERR_CONNECT_FAILED', system('ETIMEDOUT'), 'tempFail', 75, 'ETIMEDOUT', 110],
  ['local_exhausted', 'ERR_LOCAL_EXHAUSTED', system('EMFILE'), 'osError', 71, 'EMFILE', 24],
  ['connection_closed', 'ERR_CONNECTION_CLOSED', undefined, 'protocol', 76, undefined, undefined],
  ['connect_timeout', 'ERR_CONNECT_TIMEOUT', undefined, 'tempFail', 75, 'ETIMEDOUT', 110],
  ['recv_timeout', 'ERR_RECV_TIMEOUT', undefined, 'tempFail', 75, 'EAGAIN', 11],
  ['send_timeout', 'ERR_SEND_TIMEOUT', undefined, 'tempFail', 75, 'EAGAIN', 11],
  ['client_reset', 'ERR_CONNECTION_RESET', system('ECONNRESET'), 'protocol', 76, 'ECONNRESET', 104],
  ['broken_pipe', 'ERR_BROKEN_PIPE', system('EPIPE'), 'protocol', 76, 'EPIPE', 32],
  ['broken_pipe', 'ERR_BROKEN_PIPE', undefined, 'protocol', 76, undefined, undefined],
  ['io_error', 'ERR_CONNECTION_BROKEN', system('ETIMEDOUT'), 'ioError', 74, 'ETIMEDOUT', 110],
  ['io_error', 'ERR_CONNECTION_BROKEN', system('EIO'), 'ioError', 74, 'EIO', 5],
  [
    'frame_oversize',
    'ERR_FRAME_OVERSIZE',
    new FrameOversizeError(65_537, 65_536, Buffer.alloc(4)),
    'protocol',
    76,
    'ERR_FRAME_OVERSIZE',
    undefined,
  ],
  [
    'frame_truncated',
    'ERR_FRAME_TRUNCATED',
    new FrameTruncatedError(5, 9),
    'protocol',
    76,
    'ERR_FRAME_TRUNCATED',
    undefined,
  ],
  ['tls_failed', 'ERR_TLS_FAILED', tlsError('CERT_HAS_EXPIRED'), 'protocol', 76, 'CERT_HAS_EXPIRED', undefined],
  ['tls_timeout', 'ERR_TLS_TIMEOUT', new TlsConnectError('a:1', undefined, 100), 'tempFail', 75, 'ETIMEDOUT', 110],
  ['reply_missing', 'ERR_REPLY_MISSING', undefined, 'protocol', 76, undefined, undefined],
  ['reply_mismatch', 'ERR_REPLY_MISMATCH', undefined, 'protocol', 76, undefined, undefined],
  ['reply_unexpected', 'ERR_REPLY_UNEXPECTED', undefined, 'protocol', 76, undefined, undefined],
  ['client_ended', 'ERR_CLIENT_ENDED', undefined, 'software', 70, undefined, undefined],
  ['client_closed', 'ERR_CLIENT_CLOSED', undefined, 'software', 70, undefined, undefined],
];

describe('How a run ends that a client’s error ended', () => {
  for (const [event, code, cause, exit, status, logged, errno] of rows) {
    it(`${code}${cause ? `, because of ${errorCode(cause) ?? ''}` : ''}: exit ${status}, code ${logged ?? 'none'}`, () => {
      const error = new FrameClientError(event, 'what failed', { cause });
      expect(error).to.be.instanceOf(Error).and.not.instanceOf(RunError);
      expect(error).to.include({ event, code, name: 'FrameClientError' });
      const told = asRunError(error);
      expect(exitFor(told)).to.equal(exit);
      expect(exits[exit].code).to.equal(status);
      expect(errorCode(told)).to.equal(logged);
      expect(errnoOf(errorCode(told))).to.equal(errno);
    });
  }

  it('has a row for each fault that a client can meet', () => {
    expect(new Set(rows.map(([event]) => event))).to.deep.equal(new Set(Object.keys(clientErrorCodes)));
    expect(new Set(Object.values(clientErrorCodes))).to.have.property('size', Object.keys(clientErrorCodes).length);
  });

  it('says what failed, and what to do where there is advice', () => {
    const error = new FrameClientError('recv_timeout', 'h:1 sent nothing for 5 s');
    expect(asRunError(error)).to.have.property('message', 'h:1 sent nothing for 5 s');
    expect(asRunError(error, 'raise --timeout')).to.have.property(
      'message',
      'h:1 sent nothing for 5 s; raise --timeout',
    );
  });

  it('leaves the system’s error as it is where no connection came about', () => {
    const refused = system('ECONNREFUSED');
    expect(asRunError(new FrameClientError('connect_failed', 'no', { cause: refused }), 'advice')).to.equal(refused);
  });
});
