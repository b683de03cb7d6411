import { type FaultEvent, type LogLevel, faults } from '../errors/faults';

/** One row of the event table. */
export interface EventRow {
  readonly level: LogLevel;
  /** What happened, in a sentence for the README. */
  readonly meaning: string;
  /** The fields that it adds to those that every event has. */
  readonly fields: readonly string[];
}

/** What every event has: time (ISO 8601, UTC), level, name, the command and the run's correlation id. */
export const commonFields = ['ts', 'level', 'event', 'cmd', 'request_id'] as const;

/** What names a connection: its number in the run, its descriptor, the client's address; behind a proxy that of the proxy, too. */
const connection = ['conn', 'client_fd', 'remote', 'peer'] as const;

const runEvents = {
  cmd_start: {
    level: 'info',
    meaning: 'a command begins; config_files are those that were read, weakest first',
    fields: ['version', 'pid', 'config_files'],
  },
  cmd_finish: {
    level: 'info',
    meaning: 'the last event of a run, on failure too',
    fields: ['exit', 'duration_ms'],
  },
  server_start: {
    level: 'info',
    meaning: 'the server listens',
    fields: ['host', 'port', 'pid', 'timeout_sec', 'max_payload', 'workers', 'tls'],
  },
  admin_start: {
    level: 'info',
    meaning: 'the admin endpoint listens: /livez, /readyz, /metrics',
    fields: ['host', 'port'],
  },
  client_connect: { level: 'info', meaning: 'a connection was accepted', fields: connection },
  frame_recv: { level: 'debug', meaning: 'a whole frame arrived', fields: [...connection, 'payload_len'] },
  frame_send: { level: 'debug', meaning: 'a frame was handed to the socket', fields: [...connection, 'payload_len'] },
  client_disconnect: {
    level: 'info',
    meaning: 'the client ended the stream between frames',
    fields: connection,
  },
  client_close: {
    level: 'info',
    meaning: 'exactly one for each client_connect; reason is the event that caused it, or disconnect',
    fields: [...connection, 'reason', 'frames', 'bytes_in', 'bytes_out', 'duration_ms'],
  },
  client_drop: {
    level: 'warn',
    meaning: 'a new connection was dropped: server.maxConnections are open',
    fields: ['remote', 'max_connections'],
  },
  load_finish: {
    level: 'info',
    meaning: 'a load test is done, by itself or interrupted: its figures in short',
    fields: ['clients', 'messages', 'ok', 'failed', 'rate_per_s', 'p99_ms', 'errors'],
  },
  check_finish: {
    level: 'info',
    meaning:
      'a conformance check is done, by itself or interrupted: how many cases passed, failed and were skipped; warnings are failed SHOULDs',
    fields: ['passed', 'failed', 'skipped', 'warnings', 'interrupted'],
  },
  server_ready: { level: 'info', meaning: 'the service takes clients', fields: [] },
  server_unready: {
    level: 'warn',
    meaning: 'no worker process serves: clients wait until one does',
    fields: [],
  },
  server_draining: {
    level: 'info',
    meaning:
      'the service is told to stop and no longer ready; it goes on accepting connections for drain_delay_sec, then finishes those it has',
    fields: ['drain_delay_sec'],
  },
  tls_reload: {
    level: 'info',
    meaning:
      'SIGHUP: the certificate was read anew and holds for connections from now on; one that cannot be used is a tls_failed',
    fields: ['subject', 'fingerprint', 'expires'],
  },
  worker_start: { level: 'info', meaning: 'a worker process serves', fields: ['pid'] },
  worker_exit: {
    level: 'error',
    meaning:
      'a worker process that served ended unasked, its connections with it; reason is exit, or no_answer or shutdown where it was killed for that',
    fields: ['pid', 'code', 'errno', 'signal', 'reason', 'message', 'retry_in_sec'],
  },
  worker_failed: {
    level: 'error',
    meaning: 'a worker process could not be started, or ended before it served; it is tried again',
    fields: ['pid', 'code', 'errno', 'signal', 'reason', 'message', 'retry_in_sec'],
  },
  signal_received: {
    level: 'warn',
    meaning: 'a signal, and what it does: drain, stop, exit or reopen',
    fields: ['signal', 'action'],
  },
  log_file_unavailable: {
    level: 'warn',
    meaning: 'a log destination cannot be opened or written: the run goes on',
    fields: ['path', 'code', 'errno', 'message'],
  },
  log_dropped: {
    level: 'warn',
    meaning:
      'lines were dropped, as a log destination (path) took none for long, or a worker process (pid) had more than could be taken from it',
    fields: ['path', 'pid', 'count'],
  },
  fatal: { level: 'error', meaning: 'why the run ends', fields: ['message', 'code', 'errno'] },
} as const satisfies Record<string, EventRow>;

/** What a fault adds beyond its connection. */
const faultFields: Record<FaultEvent, readonly string[]> = {
  recv_timeout: ['errno', 'code', 'timeout_sec'],
  send_timeout: ['errno', 'code', 'timeout_sec'],
  tls_failed: ['errno', 'code', 'message', 'timeout_sec', 'first_bytes', 'looks_like'],
  frame_timeout: ['errno', 'code', 'timeout_sec'],
  client_reset: ['errno', 'code'],
  broken_pipe: ['errno', 'code'],
  frame_oversize: ['code', 'announced', 'max_payload', 'first_bytes', 'looks_like', 'hint'],
  frame_truncated: ['code', 'have', 'need'],
  proxy_refused: ['code', 'message', 'timeout_sec', 'first_bytes', 'looks_like'],
  handler_failed: ['code', 'message'],
  shutdown: ['timeout_sec'],
  io_error: ['errno', 'code'],
};

/** The name of an event. */
export type EventName = keyof typeof runEvents | FaultEvent;

const faultEvents = Object.fromEntries(
  (Object.keys(faults) as FaultEvent[]).map((event): [FaultEvent, EventRow] => [
    event,
    { level: faults[event].level, meaning: faults[event].cause, fields: [...connection, ...faultFields[event]] },
  ]),
) as Record<FaultEvent, EventRow>;

/** Every event that the log can hold; a connection's faults come from the error table. */
export const events: Readonly<Record<EventName, EventRow>> = { ...runEvents, ...faultEvents };
