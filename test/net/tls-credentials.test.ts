import { expect } from 'chai';
import { certificateFacts, checkAuthorities, checkPair } from '../../lib/net/tls-credentials';
import { type Certificate, certificates, encryptedKey, makeCertificate } from '../support/certificates';
import { readFileSync } from 'node:fs';

const pair = (cert: string, key: string): Parameters<typeof checkPair>[0] => ({
  cert: { option: 'tls.cert', pem: cert },
  key: { option: 'tls.key', pem: key },
});

const wrong = (cert: string, key: string, now?: number): string => {
  try {
    checkPair(pair(cert, key), now);
  } catch (error) {
    expect((error as { code?: string }).code).to.equal('ERR_TLS_CREDENTIALS');
    return (error as Error).message;
  }
  return '';
};

describe('Certificates and keys', () => {
  let server: Certificate;
  let authority: Certificate;
  before(() => ({ server, authority } = certificates()));

  it('pass where they fit, a chain and other text around included', () => {
    expect(wrong(server.cert, server.key)).to.equal('');
    expect(wrong(`a comment\n${server.cert}\n${authority.cert}`, `\n${server.key}\n`)).to.equal('');
    expect(wrong(server.cert.replaceAll('\n', '\r\n'), server.key)).to.equal('');
  });

  it('are refused in a sentence each, which shows nothing of a key', () => {
    const damaged = server.cert.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    const expired = makeCertificate({ issuer: authority, days: -1 });
    const sentences: Record<string, string> = {
      'tls.cert contains no certificate in PEM form': wrong(server.key, server.key),
      'tls.cert contains a damaged certificate': wrong(damaged, server.key),
      'tls.key contains no private key in PEM form': wrong(server.cert, server.cert),
      'tls.key does not belong to the certificate in tls.cert': wrong(server.cert, authority.key),
    };
    for (const [sentence, told] of Object.entries(sentences)) expect(told).to.equal(sentence);
    expect(wrong(server.cert, readFileSync(encryptedKey(server), 'utf8'))).to.match(
      /^tls.key is encrypted with a passphrase: /,
    );
    expect(wrong(expired.cert, expired.key)).to.match(/^tls.cert expired at \d{4}-.*Z: get a new certificate$/);
    expect(wrong(server.cert, server.key, 0)).to.match(/^tls.cert is not valid before \d{4}-/);
  });

  it('authorities are certificates', () => {
    checkAuthorities('tls.ca', authority.cert + server.cert);
    expect(() => checkAuthorities('tls.ca', authority.key)).to.throw('tls.ca contains no certificate in PEM form');
  });

  it('are told of by subject, fingerprint and date', () => {
    const { subject, fingerprint, expires } = certificateFacts(server.cert + authority.cert);
    expect(subject).to.equal('CN=localhost');
    expect(fingerprint).to.match(/^[0-9a-f]{64}$/);
    expect(Date.parse(expires)).to.be.greaterThan(Date.now());
  });
});
