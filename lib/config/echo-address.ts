import { parseHostPort } from './parse-host-port';
import { quote, SettingsError } from './settings-error';
import type { Settings } from './settings';
import { type Origin, type Source, problemAt, winnerOf } from './source';

/** Where to listen or connect. */
export interface EchoAddress {
  /** Without brackets and port. */
  readonly host: string;
  readonly port: number;
  readonly portOrigin: Origin;
}

/**
 * Splits `echo.host` if it is HOST:PORT. The port then comes from the same source as the host.
 * @param connects whether the command connects to the host; a server takes no HOST:PORT
 * @throws {SettingsError} if the port is not allowed, or differs from `echo.port` in the same source
 */
export function echoAddressOf(
  { host: text, port: ownPort }: Settings['echo'],
  sources: readonly Source[],
  connects: boolean,
): EchoAddress {
  const ofHost = winnerOf('echo.host', sources);
  const ofPort = winnerOf('echo.port', sources);
  const refuse = (words: string): never => {
    throw new SettingsError([problemAt(ofHost.from, `${quote(text)} ${words}`)]);
  };
  const { host = text, port } = parseHostPort(text) ?? {};
  if (port === undefined) return { host, port: ownPort, portOrigin: ofPort.from };
  if (!connects) refuse('has a port: a server takes it from --port');
  if (ofHost.position === ofPort.position && port !== ownPort)
    refuse(`and port ${ownPort} of ${ofPort.from.origin} differ: remove one`);
  return ofHost.position < ofPort.position
    ? { host, port: ownPort, portOrigin: ofPort.from }
    : { host, port, portOrigin: ofHost.from };
}
