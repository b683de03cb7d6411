import { X509Certificate, createPrivateKey } from 'node:crypto';
import { errorCode } from '../errors/error-code';

/** A certificate, key or list of authorities that cannot be used, and why. */
export class CredentialsError extends Error {
  readonly code = 'ERR_TLS_CREDENTIALS';

  /**
   * @param option the one that holds it: `cert`, `clientCa` …
   * @param problem what is wrong with it, and what to do; it follows the name
   */
  constructor(
    readonly option: string,
    readonly problem: string,
  ) {
    super(`${option} ${problem}`);
    this.name = 'CredentialsError';
  }
}

/** PEM texts by the options that hold them. */
interface Pair {
  readonly cert: { readonly option: string; readonly pem: string };
  readonly key: { readonly option: string; readonly pem: string };
}

/** What a log may tell of a certificate. */
export interface CertificateFacts {
  readonly subject: string;
  /** SHA-256 of the whole certificate, in hex. */
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
      throw new CredentialsError(option, 'holds a certificate that is damaged');
    }
  });
  if (first === undefined) throw new CredentialsError(option, 'holds no certificate in PEM form');
  return [first, ...rest];
}

const date = (text: string): string => new Date(text).toISOString();

/**
 * Checks that a certificate is valid now and that the key is its own.
 * @throws {CredentialsError}
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
        ? 'is encrypted with a passphrase: store it without one (openssl pkey -in KEY -out NEW), readable for this user only'
        : 'holds no private key in PEM form',
    );
  }
  if (!isOwnKey) throw new CredentialsError(key.option, `is not the key of the certificate in ${cert.option}`);
  if (now > Date.parse(own.validTo)) {
    throw new CredentialsError(cert.option, `expired at ${date(own.validTo)}: get a new certificate`);
  }
  if (now < Date.parse(own.validFrom)) {
    throw new CredentialsError(cert.option, `is not valid before ${date(own.validFrom)}: check this machine's clock`);
  }
}

/**
 * Checks that there are certificates of authorities.
 * @throws {CredentialsError}
 */
export function checkAuthorities(option: string, pem: string): void {
  certificatesIn(option, pem);
}

/** What can be told of the first certificate in a PEM text. */
export function certificateFacts(pem: string): CertificateFacts {
  const [{ subject, fingerprint256, validTo }] = certificatesIn('cert', pem);
  return {
    subject: subject.trim().replaceAll('\n', ', '),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    expires: date(validTo),
  };
}
