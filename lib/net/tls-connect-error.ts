import { errorCode } from '../errors/error-code';
import { certificateProblem, tlsReason } from './tls-words';

/** What went wrong in a handshake, by code, in clearer words than OpenSSL's. They follow the server's address. */
const words: Readonly<Record<string, string>> = {
  ECONNRESET: 'closed the connection instead of a TLS handshake',
  EPIPE: 'closed the connection instead of a TLS handshake',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS',
  ERR_SSL_RECORD_LAYER_FAILURE: 'does not speak TLS',
  ERR_SSL_HTTP_REQUEST: 'does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'speaks only TLS versions that are older than this client allows',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'speaks none of the TLS versions that this client allows',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'requires a certificate from its clients',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'refused the handshake',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "does not trust the authority that issued this client's certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "did not accept this client's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "did not accept this client's certificate, which has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "did not accept this client's certificate",
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'does not know the requested name',
};

/** What to do about it, by code. */
const advice: Readonly<Record<string, string>> = {
  ECONNRESET: 'is it a plain port? Then leave --tls out',
  EPIPE: 'is it a plain port? Then leave --tls out',
  ERR_SSL_WRONG_VERSION_NUMBER: 'is it a plain port? Then leave --tls out',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'is it a plain port? Then leave --tls out',
  ERR_SSL_RECORD_LAYER_FAILURE: 'is it a plain port? Then leave --tls out',
  ERR_SSL_HTTP_REQUEST: 'is it a plain port? Then leave --tls out',
  ERR_SSL_UNSUPPORTED_PROTOCOL: '--tls-min-version TLSv1.2 allows an older one',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: '--tls-min-version TLSv1.2 allows an older one',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'give one with --tls-client-cert and --tls-client-key',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it may want a certificate: --tls-client-cert and --tls-client-key',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'give another with --tls-client-cert and --tls-client-key',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'give another with --tls-client-cert and --tls-client-key',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'give another with --tls-client-cert and --tls-client-key',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'give another with --tls-client-cert and --tls-client-key',
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect to one of its names, or set the name to expect with --tls-server-name',
  CERT_HAS_EXPIRED: 'it must be renewed on the server',
  CERT_NOT_YET_VALID: "check this machine's clock",
};

const NOT_TRUSTED = "set --tls-ca to its authority's file, or skip the check with --no-tls-verify";

/** What Node adds to the error if a certificate does not have the expected name. */
interface NameMismatch {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function nameMismatch({ host = '', cert }: NameMismatch): string {
  return `has a certificate that is not for ${host}: ${cert?.subjectaltname ?? 'it has no names'}`;
}

/** Why a TLS handshake failed, or why the server ended the connection right after it. */
export class TlsConnectError extends Error {
  readonly code: string | undefined;
  /** What went wrong, in words that follow the server's address. */
  readonly problem: string;

  /**
   * @param peer `host:port`
   * @param cause the error of Node or OpenSSL; undefined for a timeout
   * @param timeoutMs the timeout that was exceeded, in ms
   */
  constructor(
    peer: string,
    override readonly cause: Error | undefined,
    readonly timeoutMs?: number,
  ) {
    const problem =
      cause === undefined ? `did not finish its TLS handshake within ${(timeoutMs ?? 0) / 1000} s` : problemOf(cause);
    super(`${peer} ${problem}`);
    this.problem = problem;
    this.name = 'TlsConnectError';
    this.code = cause === undefined ? 'ETIMEDOUT' : errorCode(cause);
  }

  /** What to do about it on the command line; undefined if nothing is known. */
  get advice(): string | undefined {
    const { code = '' } = this;
    if (this.timeoutMs !== undefined) return 'is it a plain port? --tls-handshake-timeout sets how long to wait';
    return advice[code] ?? (certificateProblem(code) === undefined ? undefined : NOT_TRUSTED);
  }
}

function problemOf(cause: Error): string {
  const code = errorCode(cause) ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameMismatch(cause as NameMismatch);
  const certificate = certificateProblem(code);
  const text = certificate === undefined ? words[code] : `has a certificate that ${certificate}`;
  return text === undefined ? `failed in the TLS handshake: ${tlsReason(cause)}` : `${text} (${code})`;
}
