import { type FaultEvent, type LogLevel, faults } from '../errors/faults';

/** One row of the event table. */
export interface EventRow {
  readonly level: LogLevel;
  /** What happened, for the reference. */
  readonly meaning: string;
  /** Fields besides {@link commonFields}. */
  readonly fields: readonly string[];
}

/** The fields of every event: time (ISO 8601, UTC), level, name, command, and the correlation id of the run. */
export const commonFields = ['ts', 'level', 'event', 'cmd', 'request_id'] as const;

/** A connection: its number in the run, its descriptor, the client's address, and behind a proxy the proxy's. */
const connection = ['conn', 'client_fd', 'remote', 'peer'] as const;

const runEvents = {
  cmd_start: {
    level: 'info',
    meaning: 'a command starts; config_files were read in this order, later ones win',
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
  passed_socket_ignored: {
    level: 'warn',
    meaning: 'LISTEN_FDS is set, but passes no socket to this process: the server binds its own',
    fields: ['message'],
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
    meaning:
      'a connection closed, exactly one for each client_connect; reason is the event that caused it, or disconnect',
    fields: [...connection, 'reason', 'frames', 'bytes_in', 'bytes_out', 'duration_ms'],
  },
  client_drop: {
    level: 'warn',
    meaning: 'a new connection was dropped: server.maxConnections are open',
    fields: ['remote', 'max_connections'],
  },
  load_finish: {
    level: 'info',
    meaning: 'a load test ended, complete or interrupted: a summary of its results',
    fields: ['clients', 'messages', 'ok', 'failed', 'rate_per_s', 'p99_ms', 'errors'],
  },
  check_finish: {
    level: 'info',
    meaning:
      'a conformance check ended, complete or interrupted: the number of cases by result; warnings are failed SHOULDs',
    fields: ['passed', 'failed', 'skipped', 'warnings', 'interrupted'],
  },
  ping_finish: {
    level: 'info',
    meaning: 'echo-ping ended: a summary of its results; lost is by cause',
    fields: ['sent', 'received', 'lost', 'outages', 'p99_ms'],
  },
  probe_finish: {
    level: 'info',
    meaning:
      'idle-probe ended; found is limit, none, varies or open; the limit lies between answered_sec and cut_sec; kind is fin, reset or silence',
    fields: ['found', 'answered_sec', 'cut_sec', 'kind'],
  },
  server_ready: { level: 'info', meaning: 'the service accepts clients', fields: [] },
  server_unready: {
    level: 'warn',
    meaning: 'no worker process is running: clients wait until one is',
    fields: [],
  },
  server_draining: {
    level: 'info',
    meaning:
      'a signal stops the service: it is no longer ready, accepts clients for drain_delay_sec more, then finishes those it has',
    fields: ['drain_delay_sec'],
  },
  tls_reload: {
    level: 'info',
    meaning: 'SIGHUP: the certificate was read again, for new connections; one that cannot be used is a tls_failed',
    fields: ['subject', 'fingerprint', 'expires'],
  },
  worker_start: { level: 'info', meaning: 'a worker process started', fields: ['pid'] },
  worker_exit: {
    level: 'error',
    meaning:
      'a worker process ended unexpectedly, with its connections; reason is exit, or why it was killed: no_answer or shutdown',
    fields: ['pid', 'code', 'errno', 'signal', 'reason', 'message', 'retry_in_sec'],
  },
  worker_failed: {
    level: 'error',
    meaning: 'a worker process could not start; another try follows',
    fields: ['pid', 'code', 'errno', 'signal', 'reason', 'message', 'retry_in_sec'],
  },
  signal_received: {
    level: 'warn',
    meaning: 'a signal arrived; action is drain, stop, exit or reopen',
    fields: ['signal', 'action'],
  },
  log_file_unavailable: {
    level: 'warn',
    meaning: 'a log destination cannot be opened or written; the run goes on',
    fields: ['path', 'code', 'errno', 'message'],
  },
  log_dropped: {
    level: 'warn',
    meaning: 'lines were lost because a log destination (path) was too slow, or a worker process (pid) logged too fast',
    fields: ['path', 'pid', 'count'],
  },
  fatal: { level: 'error', meaning: 'why the run ends', fields: ['message', 'code', 'errno'] },
} as const satisfies Record<string, EventRow>;

/** Fields of a fault besides those of its connection. */
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

/** Every event of the log. Those of a connection's faults come from the fault table. */
export const events: Readonly<Record<EventName, EventRow>> = { ...runEvents, ...faultEvents };
