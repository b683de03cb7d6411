/** One row of the exit code table. */
export interface ExitRow {
  readonly code: number;
  readonly when: string;
}

/**
 * How a run can end. The numbers are those of sysexits.h where it has one; 129 and 130 are 128 + SIGHUP and 128 + SIGINT, as shells count.
 * @see https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
 */
export const exits = {
  ok: { code: 0, when: 'done; a server stopped by SIGTERM that drained' },
  failed: { code: 1, when: 'a load test or check ran and something failed' },
  usage: { code: 64, when: 'usage: unknown command or flag, bad flag value' },
  noInput: { code: 66, when: 'a named config file, certificate or key is missing or unreadable' },
  noHost: { code: 68, when: 'host name unknown' },
  unavailable: {
    code: 69,
    when: 'cannot listen or connect: EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH',
  },
  software: { code: 70, when: 'a fault of ours: uncaught error' },
  osError: { code: 71, when: 'EMFILE, ENFILE, ENOMEM' },
  ioError: { code: 74, when: 'EIO, ENOSPC, other I/O' },
  tempFail: {
    code: 75,
    when: 'timeout; a stop whose deadline passed with clients cut off; a client, load test or check that SIGTERM ended early',
  },
  protocol: {
    code: 76,
    when: 'protocol: reply differs, ends early, or the peer refused the frame or the TLS handshake',
  },
  noPermission: { code: 77, when: 'EACCES, EPERM' },
  config: { code: 78, when: 'a config file or variable holds a bad value, or a key that no setting has' },
  hangUp: { code: 129, when: 'the terminal was closed (SIGHUP), after the same drain as SIGTERM' },
  interrupted: { code: 130, when: 'SIGINT, after the same drain as SIGTERM' },
} as const satisfies Record<string, ExitRow>;

/** The name of a row of {@link exits}. */
export type ExitName = keyof typeof exits;
