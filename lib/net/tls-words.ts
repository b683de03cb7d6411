import { describeCode, errorCode } from '../errors/error-code';

/**
 * Why a certificate was not accepted, by the code that OpenSSL's verification gave; the words follow "the certificate".
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
 */
const certificateWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  CERT_UNTRUSTED: 'is not trusted',
  CERT_REJECTED: 'is not trusted',
  CERT_SIGNATURE_FAILURE: 'has a signature that is wrong',
  INVALID_PURPOSE: 'was not issued for this use',
  INVALID_CA: 'was issued by a certificate that may not issue any',
  PATH_LENGTH_EXCEEDED: 'was issued by a chain that is longer than allowed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed, and not among the authorities that are trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'was issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'was issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'was issued by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'was issued by an authority that is not trusted',
};

/** Why a certificate was not accepted; undefined for a code of another kind. */
export const certificateProblem = (code: string): string | undefined => certificateWords[code];

/** What Node adds to an error of OpenSSL. */
type OpenSslError = Error & { readonly reason?: string; readonly library?: string };

/** An error of a handshake, or of an encrypted connection, in a few words: OpenSSL's reason, or the system's words. */
export function tlsReason(error: Error): string {
  const { reason } = error as OpenSslError;
  if (reason !== undefined) return reason;
  const code = errorCode(error);
  return code === undefined || code.startsWith('ERR_') ? error.message : describeCode(code);
}

/** Whether OpenSSL raised it, and not the system. */
export function isTlsError(error: Error): boolean {
  return errorCode(error)?.startsWith('ERR_SSL_') === true || (error as OpenSslError).library === 'SSL routines';
}
