import { formats } from './formats';

/** The commands that take settings as flags. */
export type CommandName = 'echo-server' | 'echo-client' | 'echo-load-test' | 'echo-check';

/** One setting: all that its flag, its variable, its help and its row in the README derive from. */
export interface SettingDefinition<T = unknown> {
  /** What it means to the person who sets it. */
  readonly doc: string;
  /** One of {@link formats}: what values it takes and how a string becomes one. */
  readonly format: keyof typeof formats;
  readonly default: T;
  /** What stands for the value in the help: `--timeout <seconds>`. */
  readonly unit: string;
  /** The commands whose flag it is. `config show` has them all. */
  readonly commands: readonly CommandName[] | 'all';
  /** The default in words, where the value itself would say less. */
  readonly defaultText?: string;
}

const server = ['echo-server'] as const;
const peers = ['echo-server', 'echo-client', 'echo-load-test', 'echo-check'] as const;
const clients = ['echo-client', 'echo-load-test', 'echo-check'] as const;
const load = ['echo-load-test'] as const;

/**
 * Every setting, once. Grouped as in a config file; `lib/config/settings.ts` derives paths, flags and variables from it.
 * Durations are seconds, sizes are bytes, or a number with a unit: `500ms`, `64KiB`.
 */
export const schema = {
  trustHome: {
    doc: 'where state lives: logs, config.json',
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
      doc: 'least level that is logged: debug, info, warn or error; debug adds one event per frame',
      format: 'logLevel',
      default: 'info',
      unit: 'level',
      commands: 'all',
    },
    format: {
      doc: 'how log lines look: json, pretty, or auto: pretty on a terminal',
      format: 'logFormat',
      default: 'auto',
      unit: 'format',
      commands: 'all',
    },
    file: {
      doc: 'log file, appended, always JSON; empty turns it off',
      format: 'optionalFile',
      default: '<trustHome>/logs/trustctl.log',
      unit: 'file',
      commands: 'all',
    },
    connections: {
      doc: 'all, or active: one that sent no byte, as of a health check, is not logged, others when they close; debug logs all',
      format: 'logConnections',
      default: 'all',
      unit: 'which',
      commands: server,
    },
  },
  echo: {
    host: {
      doc: 'where the server listens and the clients connect, a name or an address; for a client HOST:PORT, too',
      format: 'host',
      default: '127.0.0.1',
      unit: 'host',
      commands: peers,
    },
    port: {
      doc: 'TCP port; for the server 0 picks a free one, which server_start tells',
      format: 'port',
      default: 9900,
      unit: 'port',
      commands: peers,
    },
    timeout: {
      doc: 'idle guard: seconds without a byte received, or without progress sending; 0 is off',
      format: 'seconds',
      default: 5,
      unit: 'seconds',
      commands: peers,
    },
    maxPayload: {
      doc: 'the largest payload accepted; a client may send more, to see it refused',
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
      doc: 'length-prefix, or raw: an unframed echo (RFC 862) under the same guards',
      format: 'framing',
      default: 'length-prefix',
      unit: 'framing',
      commands: server,
    },
    frameTimeout: {
      doc: "seconds from a frame's first byte to its last, against a trickle that the idle guard never sees; 0 is off",
      format: 'seconds',
      default: 30,
      unit: 'seconds',
      commands: server,
    },
    concurrency: {
      doc: 'clients served at once; the next wait their turn, accepted and unread. 1 is one client at a time',
      format: 'count',
      default: 1024,
      unit: 'clients',
      commands: server,
    },
    maxConnections: {
      doc: 'open sockets, the waiting included; past it a new one is dropped',
      format: 'count',
      default: 4096,
      unit: 'sockets',
      commands: server,
    },
    backlog: {
      doc: 'connections that the kernel holds until they are accepted, as in listen(2)',
      format: 'count',
      default: 511,
      unit: 'connections',
      commands: server,
    },
    workers: {
      doc: 'processes that serve, under one set of limits and with one log; auto is the number of cores',
      format: 'workers',
      default: 1,
      unit: 'count',
      commands: server,
    },
    shutdownTimeout: {
      doc: 'seconds a stop waits for clients; 0 cuts them off at once',
      format: 'seconds',
      default: 10,
      unit: 'seconds',
      commands: server,
    },
    proxyProtocol: {
      doc: 'require: every connection starts with a PROXY protocol header, v1 or v2, which names the client; off: none does',
      format: 'proxyProtocol',
      default: 'off',
      unit: 'mode',
      commands: server,
    },
    trustedProxies: {
      doc: 'addresses and CIDRs that may connect where a PROXY protocol header is required: 10.0.0.0/8,::1; empty is all',
      format: 'networks',
      default: '',
      defaultText: 'all',
      unit: 'list',
      commands: server,
    },
    drainDelay: {
      doc: 'seconds after SIGTERM or SIGINT in which it is not ready but goes on accepting, for load balancers to notice',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: server,
    },
  },
  tls: {
    enabled: {
      doc: 'a client speaks TLS; a server does so where it has a certificate and a key',
      format: 'boolean',
      default: false,
      unit: 'true or false',
      commands: clients,
    },
    cert: {
      doc: "PEM file of the server's certificate, with its chain; with tls.key it turns TLS on. SIGHUP reads both anew",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    key: {
      doc: "PEM file of the certificate's private key",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    clientCa: {
      doc: 'PEM file of the authorities whose certificates clients must show; empty asks for none',
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: server,
    },
    minVersion: {
      doc: 'the oldest TLS version that is spoken',
      format: 'tlsVersion',
      default: 'TLSv1.3',
      unit: 'version',
      commands: peers,
    },
    handshakeTimeout: {
      doc: 'seconds that a handshake may take; 0 is off',
      format: 'seconds',
      default: 10,
      unit: 'seconds',
      commands: peers,
    },
    ca: {
      doc: "PEM file of the authorities to trust instead of Node's own",
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: clients,
    },
    serverName: {
      doc: 'the name to ask for and to check the certificate against, instead of the host',
      format: 'optionalText',
      default: '',
      unit: 'name',
      commands: clients,
    },
    verify: {
      doc: "the server's certificate must be valid and match the name",
      format: 'boolean',
      default: true,
      unit: 'true or false',
      commands: clients,
    },
    clientCert: {
      doc: 'PEM file of a certificate to show to the server',
      format: 'optionalFile',
      default: '',
      unit: 'file',
      commands: clients,
    },
    clientKey: {
      doc: "PEM file of that certificate's private key",
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
      commands: server,
    },
    host: {
      doc: 'the address that the admin endpoint listens on',
      format: 'host',
      default: '127.0.0.1',
      unit: 'host',
      commands: server,
    },
  },
  load: {
    clients: {
      doc: 'clients in all',
      format: 'count',
      default: 100,
      unit: 'clients',
      commands: load,
    },
    messages: {
      doc: 'messages that each client sends, each unique',
      format: 'count',
      default: 10,
      unit: 'messages',
      commands: load,
    },
    concurrency: {
      doc: 'clients at once; 1 is one after another',
      format: 'count',
      default: 1,
      unit: 'clients',
      commands: load,
    },
    payloadSize: {
      doc: 'bytes of payload a message, or MIN-MAX for sizes between',
      format: 'sizeRange',
      default: '64',
      unit: 'bytes',
      commands: load,
    },
    pipeline: {
      doc: 'frames in flight per client; with a rate set, no limit unless this is set too',
      format: 'count',
      default: 1,
      unit: 'frames',
      commands: load,
    },
    duration: {
      doc: 'seconds to send for, instead of a number of messages; all clients stay connected. 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    rate: {
      doc: 'messages a second of all clients together, sent when due whatever the server does (open loop); 0 is off',
      format: 'perSecond',
      default: 0,
      unit: 'messages',
      commands: load,
    },
    warmup: {
      doc: 'seconds of the same load before the run, compared but not measured; 0 is off',
      format: 'seconds',
      default: 0,
      unit: 'seconds',
      commands: load,
    },
    connectRate: {
      doc: 'new connections a second at most; 0 is no limit',
      format: 'perSecond',
      default: 0,
      unit: 'connections',
      commands: load,
    },
  },
} as const;
