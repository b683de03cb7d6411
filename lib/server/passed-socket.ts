import { RunError } from '../errors/run-error';
import { BoundSocket } from './workers/bound-socket';

/** The first passed descriptor: SD_LISTEN_FDS_START. */
const FIRST_DESCRIPTOR = 3;

const variables = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'] as const;

/** A listening socket that was passed to this process, or why it is not used; neither if nothing was passed. */
export interface PassedSocket {
  readonly socket?: BoundSocket;
  /** A sentence. */
  readonly ignored?: string;
}

/**
 * Takes over the listening socket that systemd, or a program like it, passed to this process. Removes the variables
 * that announce it from the environment, so that no child process uses them.
 * @throws {RunError} `config`: more than one socket was passed, or one that is not a listening TCP socket
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function takePassedSocket(environment: NodeJS.ProcessEnv, pid = process.pid): PassedSocket {
  const { LISTEN_PID, LISTEN_FDS } = environment;
  for (const name of variables) Reflect.deleteProperty(environment, name);
  if (LISTEN_FDS === undefined) return {};
  if (LISTEN_PID !== String(pid)) {
    const owner = LISTEN_PID === undefined ? 'LISTEN_PID is missing' : `LISTEN_PID is ${LISTEN_PID}, another process`;
    return { ignored: `${owner}: the passed socket is not used; start trustctl directly, or with exec` };
  }
  if (!/^\d+$/.test(LISTEN_FDS)) throw new RunError('config', `LISTEN_FDS must be a number, not "${LISTEN_FDS}"`);
  const count = Number(LISTEN_FDS);
  if (count === 0) return { ignored: 'LISTEN_FDS is 0: no socket was passed' };
  if (count > 1) {
    throw new RunError('config', `LISTEN_FDS is ${count}: pass one socket, a single ListenStream= in the .socket unit`);
  }
  return { socket: BoundSocket.passed(FIRST_DESCRIPTOR) };
}
