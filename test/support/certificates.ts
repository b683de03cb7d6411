import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './trustctl';

/** A certificate and its key, as files and as PEM texts. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

interface Wanted {
  readonly subject?: string;
  /** Subject alternative names. */
  readonly names?: string;
  /** Days for which it is valid from now on; negative for one that has expired. */
  readonly days?: number;
  /** Who issues it; itself where nobody is named. */
  readonly issuer?: Certificate;
}

const NAMES = 'DNS:localhost,IP:127.0.0.1,IP:::1';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** Makes a certificate with openssl. */
export function makeCertificate({ subject = 'localhost', names = NAMES, days = 2, issuer }: Wanted = {}): Certificate {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  const [certFile, keyFile] = [file('cert.pem'), file('key.pem')];
  const request = ['req', ...EC, '-subj', `/CN=${subject}`, '-keyout', keyFile];
  const valid = ['-days', String(days)];
  if (issuer === undefined) {
    openssl(...request, '-x509', ...valid, '-addext', `subjectAltName=${names}`, '-out', certFile);
  } else {
    openssl(...request, '-out', file('request.pem'));
    writeFileSync(file('names'), `subjectAltName=${names}\n`);
    const issued = ['-CA', issuer.certFile, '-CAkey', issuer.keyFile, '-CAcreateserial', '-extfile', file('names')];
    openssl('x509', '-req', '-in', file('request.pem'), ...issued, ...valid, '-out', certFile);
  }
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

/** The key of a certificate, encrypted with a passphrase. */
export function encryptedKey({ keyFile }: Certificate): string {
  const encrypted = `${keyFile}.encrypted`;
  openssl('pkey', '-in', keyFile, '-aes256', '-passout', 'pass:secret', '-out', encrypted);
  return encrypted;
}

let made: { readonly authority: Certificate; readonly server: Certificate; readonly client: Certificate } | undefined;

/** An authority, a server's certificate for this machine and a client's, made once in a process. */
export function certificates(): NonNullable<typeof made> {
  if (made && existsSync(made.authority.certFile)) return made;
  const authority = makeCertificate({ subject: 'test authority' });
  return (made = {
    authority,
    server: makeCertificate({ issuer: authority }),
    client: makeCertificate({ subject: 'a client', issuer: authority }),
  });
}
