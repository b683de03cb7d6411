import type { ClientTlsOptions } from '../client/client-tls';
import type { Origin } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { RunError } from '../errors/run-error';
import { readTextFile } from '../io/text-file';
import { CredentialsError, checkAuthorities, checkPair } from '../net/tls-credentials';
import type { ServerTlsOptions } from '../server/server-tls';

type TlsSettings = Settings['tls'];

/** The settings that name a file. */
type FileSetting = 'cert' | 'key' | 'clientCa' | 'ca' | 'clientCert' | 'clientKey';

/** The largest file to read, in bytes: more than any bundle of authorities. */
const LONGEST = 4 << 20;

const named = (tls: TlsSettings, setting: FileSetting): string => `tls.${setting} ${tls[setting]}`;

function readPem(tls: TlsSettings, setting: FileSetting): string {
  try {
    return readTextFile(tls[setting], LONGEST);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const { exit, message, code } = error;
    if (exit === 'config') throw new RunError('config', `${named(tls, setting)} is not in PEM form`);
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    throw new RunError(isForbidden ? 'noPermission' : exit, `${named(tls, setting)} ${message}`, code);
  }
}

/** Turns a CredentialsError into one that ends the run. Its message names files and never quotes them. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new RunError('config', error.message, error.code);
  }
}

function readPair(tls: TlsSettings, certName: FileSetting, keyName: FileSetting): { cert: string; key: string } {
  for (const [missing, other] of [
    [certName, keyName],
    [keyName, certName],
  ] as const) {
    if (tls[missing] === '') throw new RunError('config', `tls.${other} is set and tls.${missing} is not: set both`);
  }
  const [cert, key] = [readPem(tls, certName), readPem(tls, keyName)];
  checked(() =>
    checkPair({ cert: { option: named(tls, certName), pem: cert }, key: { option: named(tls, keyName), pem: key } }),
  );
  return { cert, key };
}

function readAuthorities(tls: TlsSettings, setting: FileSetting): string | undefined {
  if (tls[setting] === '') return undefined;
  const pem = readPem(tls, setting);
  checked(() => checkAuthorities(named(tls, setting), pem));
  return pem;
}

/**
 * A server's TLS options, with the files read; undefined without TLS.
 * @throws {RunError} `config`, `noInput`, `noPermission`, with the file's name
 */
export function readServerTls(tls: TlsSettings): ServerTlsOptions | undefined {
  const { minVersion, handshakeTimeout } = tls;
  if (tls.cert === '' && tls.key === '') {
    if (tls.clientCa === '') return undefined;
    throw new RunError('config', 'tls.clientCa is set without TLS: set tls.cert and tls.key');
  }
  return { ...readPair(tls, 'cert', 'key'), clientCa: readAuthorities(tls, 'clientCa'), minVersion, handshakeTimeout };
}

/** Settings of a client that mean nothing without TLS. */
const needTls = ['ca', 'serverName', 'verify', 'clientCert', 'clientKey'] as const;

/**
 * A client's TLS options, with the files read; undefined without TLS.
 * @param origins tell whether a setting was given as a flag
 * @throws {RunError} as {@link readServerTls}, and `usage` for a TLS flag without `--tls`
 */
export function readClientTls(tls: TlsSettings, origins: ReadonlyMap<string, Origin>): ClientTlsOptions | undefined {
  if (!tls.enabled) {
    for (const name of needTls) {
      const { source, origin } = origins.get(`tls.${name}`) ?? {};
      if (source === 'flag') throw new RunError('usage', `${origin} means nothing without TLS: add --tls`);
    }
    return undefined;
  }
  const { serverName, verify, minVersion, handshakeTimeout } = tls;
  const hasPair = tls.clientCert !== '' || tls.clientKey !== '';
  const pair = hasPair ? readPair(tls, 'clientCert', 'clientKey') : undefined;
  return {
    ca: readAuthorities(tls, 'ca'),
    ...(serverName !== '' && { serverName }),
    verify,
    ...(pair && { clientCert: pair.cert, clientKey: pair.key }),
    minVersion,
    handshakeTimeout,
  };
}
