import { formats } from './formats';

/** The commands that take settings as flags. */
export type CommandName =
  | 'echo-server'
  | 'echo-client'
  | 'echo-load-test'
  | 'load-merge'
  | 'echo-check'
  | 'echo-ping'
  | 'idle-probe'
  | 'completion';

/** One setting. Its flag, its variable, its help text and its row in the reference derive from this. */
export interface SettingDefinition<T = unknown> {
  /** What it does, for the person who sets it. */
  readonly doc: string;
  /** One of {@link formats}: which values it takes, and how a string becomes one. */
  readonly format: keyof typeof formats;
  readonly default: T;
  /** What stands for the value in the help: `--timeout <seconds>`. */
  readonly unit: string;
  /** The commands that take its flag. `config show` takes all of them. */
  readonly commands: readonly CommandName[] | 'all';
  /** The default in words, if they say more than the value. */
  readonly defaultText?: string;
}

const server = ['echo-server'] as const;
const clients = ['echo-client', 'echo-load-test', 'echo-check', 'echo-ping', 'idle-probe'] as const;
const peers = ['echo-server', ...clients] as const;
const load = ['echo-load-test'] as const;
const observed = ['echo-server', 'echo-load-test'] as const;

/**
 * Every setting, once, grouped as in a config file. `lib/config/settings.ts` derives paths, flags and variables.
 * Durations are in seconds and sizes in bytes, unless written with a unit: `500ms`, `64KiB`.
 */
export const schema = {
  trustHome: {
    doc: 'folder for logs and config.json',
    format: 'folder',
    default: '~/.trustctl',
    unit: 'folder',
    commands: 'all',
  },
  requestId: {
    doc: 'correlation id, in every log event of the run',
    format: 'text',
    default: '',
    defaultText: 'a random UUID',
    unit: 'id',
    commands: 'all',
  },
  log: {
    level: {
      doc: 'lowest level to log: debug, info, warn or error; debug adds an event for each frame',
      format: 'logLevel',
      default: 'info',
      unit: 'level',
      commands: 'all',
    },
    format: {
      doc: 'format of the log: json, pretty, or auto (pretty on a terminal, else json)',
      format: 'logFormat',
      default: 'auto',
      unit: 'format',
      commands: 'all',
    },
    file: {
      doc: 'log file, always JSON, appended to; empty turns it off',
      format: 'optionalFile',
      default: '<trustHome>/logs/trustctl.log',
      unit: 'file',
      commands: 'all',
    },
    connections: {
      doc: 'connections to log: all, or active, which leaves out those that send no byte, such as health checks; debug logs all',
      format: 'logConnections',
      default: 'all',
      unit: 'which',
      commands: server,
    },
  },
  echo: {
    host: {
      doc: 'host name or address to listen on or connect to; clients also take HOST:PORT',
      format: 'host',
      default: '127.0.0.1',
      unit: 'host',
      commands: peers,
    },
    port: {
      doc: 'TCP port; 0 lets the server pick a free one, logged in server_start',
      format: 'port',
      default: 9900,
      unit: 'port',
      commands: peers,
    },
    timeout: {
      doc: 'idle timeout: seconds without a byte received, or without progress in sending; 0 is off',
      format: 'seconds',
      default: 5,
      unit: 'seconds',
      commands: peers,
    },
    maxPayload: {
      doc: 'largest payload to accept; a client may send more, to see it refused',
      format: 'payloadBytes',
      default: 65536,
      unit: 'bytes',
      commands: peers,
    },
    sendProxy: {
      doc: 'PROXY protocol header that a client sends first, with its own addresses: off, v1 or v2',
      format: 'sendProxy',
      default: 'off',
      unit: 'version',
      commands: clients,
    },
  },
  server: {
    framing: {
      doc: 'length-prefix, or raw: an unframed echo (RFC 862) with the same timeouts and limits',
      format: 'framing',
      default: 'length-prefix',
      unit: 'framing',
      commands: server,
    },
    frameTimeout: {
      doc: "seconds from a frame's first byte to its last; ends a slow trickle that the idle timeout does not; 0 is off",
      format: 'seconds',
      default: 30,
      unit: 'seconds',
      commands: server,
    },
    concurrency: {
      doc: 'clients served at once; others wait, accepted but not read; 1 serves one client at a time',
      format: 'count',
      default: 1024,
      unit: 'clients',
      commands: server,
    },
    maxConnections: {
      doc: 'open connections, including those that wait; beyond it new ones are dropped',
      format: 'count',
      default: 4096,
      unit: 'connections',
      commands: server,
    },
    backlog: {
      doc: 'connections that the kernel queues until they are accepted, as in listen(2)',
      format: 'count',
      default: 511,
      unit: 'connections',
      commands: server,
    },
    workers: {
      doc: 'processes that share the port, the limits and one log; auto starts one per core',
      format: 'workers',
      default: 1,
      unit: 'count',
      commands: server,
    },
    shutdownTimeout: {
      doc: 'seconds that a stop waits for clients; 0 cuts them off at once',
      format: 'seconds',
      default: 10,
      unit: 'seconds',
      commands: server,
    },
    drainDelay: {
      doc: 'seconds after SIGTERM or SIGINT in which the server is not ready but still accepts, so that load balancers notice',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: server,
    },
    proxyProtocol: {
      doc: "require: every connection starts with a PROXY protocol header, v1 or v2, with the client's address; off: none does",
      format: 'proxyProtocol',
      default: 'off',
      unit: 'mode',
      commands: server,
    },
    trustedProxies: {
      doc: 'addresses and CIDRs that may connect if server.proxyProtocol is require: 10.0.0.0/8,::1; empty is all',
      format: 'networks',
      default: '',
      defaultText: 'all',
      unit: 'list',
      commands: server,
    },
  },
  tls: {
    enabled: {
      doc: 'clients use TLS; a server does if it has tls.cert and tls.key',
      format: 'boolean',
      default: false,
      unit: 'true or false',
      commands: clients,
    },
    cert: {
      doc: "PEM file with the server's certificate and its chain; with tls.key it turns on TLS; SIGHUP reads both again",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    key: {
      doc: "PEM file with the certificate's private key",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    clientCa: {
      doc: 'PEM file with authorities: clients must show a certificate from one of them (mTLS); empty is off',
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    minVersion: {
      doc: 'oldest TLS version to accept',
      format: 'tlsVersion',
      default: 'TLSv1.3',
      unit: 'version',
      commands: peers,
    },
    handshakeTimeout: {
      doc: 'seconds that a TLS handshake may take; 0 is off',
      format: 'seconds',
      default: 10,
      unit: 'seconds',
      commands: peers,
    },
    ca: {
      doc: "PEM file with the authorities to trust instead of Node's own",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: clients,
    },
    serverName: {
      doc: "name to request (SNI) and to expect in the server's certificate, instead of the host",
      format: 'optionalText',
      default: '',
      unit: 'name',
      commands: clients,
    },
    verify: {
      doc: "whether to check the server's certificate and its name",
      format: 'boolean',
      default: true,
      unit: 'true or false',
      commands: clients,
    },
    clientCert: {
      doc: "PEM file with the client's certificate and its chain, for a server that requires one",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: clients,
    },
    clientKey: {
      doc: "PEM file with the client certificate's private key",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: clients,
    },
  },
  admin: {
    port: {
      doc: 'TCP port of the admin endpoint: /livez, /readyz and /metrics; 0 picks a free one; empty is off',
      format: 'optionalPort',
      default: '',
      defaultText: 'off',
      unit: 'port',
      commands: observed,
    },
    host: {
      doc: 'address that the admin endpoint listens on',
      format: 'host',
      default: '127.0.0.1',
      unit: 'host',
      commands: observed,
    },
  },
  load: {
    clients: {
      doc: 'total number of clients',
      format: 'count',
      default: 100,
      unit: 'clients',
      commands: load,
    },
    messages: {
      doc: 'messages per client, each unique',
      format: 'count',
      default: 10,
      unit: 'messages',
      commands: load,
    },
    concurrency: {
      doc: 'clients at once; 1 runs them one after another',
      format: 'count',
      default: 1,
      unit: 'clients',
      commands: load,
    },
    payloadSize: {
      doc: 'payload of each message in bytes, or MIN-MAX for random sizes',
      format: 'sizeRange',
      default: '64',
      unit: 'bytes',
      commands: load,
    },
    pipeline: {
      doc: 'frames in flight per client; with a rate there is no limit unless this is set too',
      format: 'count',
      default: 1,
      unit: 'frames',
      commands: load,
    },
    duration: {
      doc: 'seconds to send for, instead of a number of messages; all clients stay connected; 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    rate: {
      doc: 'messages per second of all clients together, each sent when it is due (open loop); or stages with their times: 1k@30s,1k..20k@2m; 0 is off',
      format: 'rateSchedule',
      default: 0,
      unit: 'rate',
      commands: load,
    },
    warmup: {
      doc: 'seconds of the same load before the run, checked but not measured; 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    connectRate: {
      doc: 'most new connections per second; 0 is no limit',
      format: 'perSecond',
      default: 0,
      unit: 'connections',
      commands: load,
    },
    workers: {
      doc: 'processes of this machine that share the run; auto starts one per core',
      format: 'workers',
      default: 1,
      unit: 'count',
      commands: load,
    },
    hold: {
      doc: 'seconds that each client stays silent between its last reply and its next message; 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    think: {
      doc: 'the same at random, exponentially distributed, with this many seconds on average; 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    localAddress: {
      doc: 'addresses of this machine that clients connect from, in turn, separated by commas; empty lets the system choose',
      format: 'localAddresses',
      default: '',
      defaultText: 'chosen by the system',
      unit: 'addresses',
      commands: load,
    },
  },
  ping: {
    interval: {
      doc: 'seconds from one ping to the next, however long replies take',
      format: 'period',
      default: 1,
      unit: 'seconds',
      commands: ['echo-ping'],
    },
  },
  probe: {
    max: {
      doc: 'longest idle time to try, in seconds',
      format: 'period',
      default: 600,
      unit: 'seconds',
      commands: ['idle-probe'],
    },
    precision: {
      doc: 'how closely to find the limit, in seconds',
      format: 'period',
      default: 0.5,
      unit: 'seconds',
      commands: ['idle-probe'],
    },
  },
} as const;
