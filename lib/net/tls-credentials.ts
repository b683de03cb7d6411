import { X509Certificate, createPrivateKey } from 'node:crypto';
import { errorCode } from '../errors/error-code';

/** A certificate, key or list of authorities that cannot be used, and why. */
export class CredentialsError extends Error {
  readonly code = 'ERR_TLS_CREDENTIALS';

  /**
   * @param option the option that holds it: `cert`, `clientCa` …
   * @param problem what is wrong, and what to do; follows the option's name
   */
  constructor(
    readonly option: string,
    readonly problem: string,
  ) {
    super(`${option} ${problem}`);
    this.name = 'CredentialsError';
  }
}

/** A certificate and its key as PEM texts, with the names of their options for error messages. */
interface Pair {
  readonly cert: { readonly option: string; readonly pem: string };
  readonly key: { readonly option: string; readonly pem: string };
}

/** What the log says about a certificate. */
export interface CertificateFacts {
  readonly subject: string;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly expires: string;
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function certificatesIn(option: string, pem: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = (pem.match(CERTIFICATE) ?? []).map((text) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw new CredentialsError(option, 'contains a damaged certificate');
    }
  });
  if (first === undefined) throw new CredentialsError(option, 'contains no certificate in PEM form');
  return [first, ...rest];
}

const date = (text: string): string => new Date(text).toISOString();

/**
 * Checks that a certificate is valid now and that the key belongs to it.
 * @throws {CredentialsError} with the option and the problem
 */
export function checkPair({ cert, key }: Pair, now = Date.now()): void {
  const [own] = certificatesIn(cert.option, cert.pem);
  let isOwnKey: boolean;
  try {
    isOwnKey = own.checkPrivateKey(createPrivateKey(key.pem));
  } catch (error) {
    const isEncrypted = errorCode(error) === 'ERR_MISSING_PASSPHRASE' || key.pem.includes('ENCRYPTED');
    throw new CredentialsError(
      key.option,
      isEncrypted
        ? 'is encrypted with a passphrase: store it without one (openssl pkey -in KEY -out NEW), for this user only'
        : 'contains no private key in PEM form',
    );
  }
  if (!isOwnKey) throw new CredentialsError(key.option, `does not belong to the certificate in ${cert.option}`);
  if (now > Date.parse(own.validTo)) {
    throw new CredentialsError(cert.option, `expired at ${date(own.validTo)}: get a new certificate`);
  }
  if (now < Date.parse(own.validFrom)) {
    throw new CredentialsError(cert.option, `is not valid before ${date(own.validFrom)}: check this machine's clock`);
  }
}

/**
 * Checks that a PEM text contains certificates.
 * @throws {CredentialsError} with the option and the problem
 */
export function checkAuthorities(option: string, pem: string): void {
  certificatesIn(option, pem);
}

/**
 * Describes the first certificate in a PEM text.
 * @throws {CredentialsError} if there is none
 */
export function certificateFacts(pem: string): CertificateFacts {
  const [{ subject, fingerprint256, validTo }] = certificatesIn('cert', pem);
  return {
    subject: subject.trim().replaceAll('\n', ', '),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    expires: date(validTo),
  };
}
