/** One row of the exit code table. */
export interface ExitRow {
  readonly code: number;
  readonly when: string;
}

/**
 * The exit codes. 64 to 78 are from sysexits.h; 129 and 130 are 128 + SIGHUP and 128 + SIGINT, as in a shell.
 * @see https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
 */
export const exits = {
  ok: { code: 0, when: 'success; a server that stopped on SIGTERM and served all clients to the end' },
  failed: { code: 1, when: 'a load test or check found failures' },
  usage: { code: 64, when: 'usage: unknown command or flag, invalid flag value' },
  noInput: { code: 66, when: 'a config file, certificate or key that was named is missing or cannot be read' },
  noHost: { code: 68, when: 'unknown host name' },
  unavailable: {
    code: 69,
    when: 'cannot listen or connect: EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH',
  },
  software: { code: 70, when: 'internal error' },
  osError: { code: 71, when: 'out of file descriptors or memory: EMFILE, ENFILE, ENOMEM' },
  ioError: { code: 74, when: 'I/O error: EIO, ENOSPC and others' },
  tempFail: {
    code: 75,
    when: 'timeout; a server that cut clients off when it stopped; a client, load test or check ended by SIGTERM',
  },
  protocol: {
    code: 76,
    when: 'protocol: a reply differs or ends early, or the peer refused the frame or the TLS handshake',
  },
  noPermission: { code: 77, when: 'permission denied: EACCES, EPERM' },
  config: { code: 78, when: 'a config file or variable has an invalid value, or names no setting' },
  hangUp: { code: 129, when: 'the terminal was closed (SIGHUP); a server stops as on SIGTERM first' },
  interrupted: { code: 130, when: 'SIGINT (Ctrl-C); a server stops as on SIGTERM first' },
} as const satisfies Record<string, ExitRow>;

/** The name of a row of {@link exits}. */
export type ExitName = keyof typeof exits;
