import { describeCode, errorCode } from '../errors/error-code';

/**
 * Why a certificate was not accepted, by OpenSSL's verification code; the words follow "the certificate".
 * @see https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
 */
const certificateWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  CERT_UNTRUSTED: 'is not trusted',
  CERT_REJECTED: 'is not trusted',
  CERT_SIGNATURE_FAILURE: 'has a wrong signature',
  INVALID_PURPOSE: 'was not issued for this use',
  INVALID_CA: 'was issued by a certificate that is not an authority',
  PATH_LENGTH_EXCEEDED: 'was issued by a chain that is longer than allowed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed and not among the trusted authorities',
  SELF_SIGNED_CERT_IN_CHAIN: 'was issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'was issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'was issued by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'was issued by an authority that is not trusted',
};

/** Why a certificate was not accepted; undefined for any other code. */
export const certificateProblem = (code: string): string | undefined => certificateWords[code];

/** What Node adds to an error of OpenSSL. */
type OpenSslError = Error & { readonly reason?: string; readonly library?: string };

/** A TLS error in a few words: OpenSSL's reason, or the system's words. */
export function tlsReason(error: Error): string {
  const { reason } = error as OpenSslError;
  if (reason !== undefined) return reason;
  const code = errorCode(error);
  return code === undefined || code.startsWith('ERR_') ? error.message : describeCode(code);
}

/** Whether the error comes from OpenSSL and not from the system. */
export function isTlsError(error: Error): boolean {
  return errorCode(error)?.startsWith('ERR_SSL_') === true || (error as OpenSslError).library === 'SSL routines';
}
