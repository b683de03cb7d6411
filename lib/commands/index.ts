import type { Command } from './command';
import type { FormatName } from '../config/formats';
import type { CommandName } from '../config/schema';

/** A flag of one command that is not a setting: it is about this run, and does not belong in a config file. */
export interface CommandSwitch {
  /** In commander's syntax: `--json`, `--payload-size <bytes>`. Its value is `options.json`, `options.payloadSize`. */
  readonly flags: string;
  readonly doc: string;
  /** How the value is checked and parsed; default: any string. */
  readonly format?: FormatName;
  /** It may be repeated; its value is a list. */
  readonly repeatable?: true;
}

/** One command: for the command line, its help and the documents. */
export interface CommandEntry {
  /** `config show` is the command `show` of the group `config`. */
  readonly name: CommandName | 'config show';
  readonly summary: string;
  /** Its arguments. */
  readonly arguments?: {
    /** In commander's syntax: `[MESSAGE...]`. */
    readonly syntax: string;
    readonly doc: string;
    /** Advice for an argument that starts with a dash and was taken for a flag. */
    readonly afterDashes?: string;
    /** The words that it may be. */
    readonly choices?: readonly string[];
    /** It is HOST:PORT, another way to give `--host`. */
    readonly isTarget?: true;
  };
  readonly switches: readonly CommandSwitch[];
  /** It connects to one host: `--host` may be HOST:PORT. */
  readonly takesTarget?: true;
  /** It usually runs until a signal stops it, which does not change its exit. */
  readonly stopIsEnd?: true;
  /**
   * Where its log goes. `product`: standard output and the file; `file`: the file, and standard error from `warn` up;
   * `none`: nowhere.
   */
  readonly log: 'product' | 'file' | 'none';
  /** Command lines that work as they are. */
  readonly examples: readonly string[];
  /** Loads the command's module. Called only when the command runs. */
  readonly load: () => Promise<{ readonly run: Command }>;
}

const json: CommandSwitch = { flags: '--json', doc: 'print one JSON object instead of text' };

/** How the report of a load test is judged and shown. */
const reportSwitches: readonly CommandSwitch[] = [
  { flags: '--report <file>', doc: 'write a page with charts, one HTML file that needs no network' },
  { flags: '--compare <file>', doc: 'compare with an earlier run, whose --json output is in this file' },
  {
    flags: '--expect <condition>',
    doc: "fail unless the condition is met: 'p99.9<5ms', 'rate>10k', 'errors=0'; may be repeated",
    repeatable: true,
  },
];

export const commands: readonly CommandEntry[] = [
  {
    name: 'echo-server',
    summary: 'run the echo service: every frame comes back whole and in order',
    switches: [],
    log: 'product',
    examples: ['trustctl echo-server', 'trustctl echo-server --port 0 --log-level debug'],
    load: () => import('./echo-server.js'),
  },
  {
    name: 'echo-client',
    summary: 'send each MESSAGE as a frame and print the replies; without one send standard input as one frame',
    arguments: {
      syntax: '[MESSAGE...]',
      doc: 'payloads, each sent as a frame without waiting for replies; put one that starts with a dash after --',
      afterDashes: 'a message that starts with a dash goes after --',
    },
    switches: [
      {
        flags: '--payload-size <bytes>',
        doc: 'send a generated payload of this size and print a summary',
        format: 'payloadBytes',
      },
      { flags: '--hex', doc: 'show the bytes on the wire, in both directions' },
    ],
    takesTarget: true,
    log: 'file',
    examples: ['trustctl echo-client AAAA BBBB', 'trustctl echo-client < message.bin'],
    load: () => import('./echo-client.js'),
  },
  {
    name: 'echo-load-test',
    summary: 'load a server with many clients and compare every echo byte by byte',
    switches: [
      json,
      {
        flags: '--server-pid <pid>',
        doc: "count the server's open descriptors before and after, and fail on a leak",
        format: 'count',
      },
      { flags: '--per-client', doc: 'print a line for each client, even for more than 10' },
      {
        flags: '--progress',
        doc: 'report progress even without a terminal: a line on standard error every few seconds',
      },
      ...reportSwitches,
      {
        flags: '--stop-on-failure',
        doc: 'end at the first stage of --rate that does not meet --expect, and report the highest rate that did',
      },
      {
        flags: '--samples <file>',
        doc: 'write a line of JSON for each second while it runs, or CSV to a file named .csv',
      },
      {
        flags: '--shard <part>',
        doc: 'drive one part of the run, INDEX/COUNT from 0/COUNT on; auto/COUNT in a Kubernetes Indexed Job',
      },
      { flags: '--start-at <time>', doc: 'start together with other shards: 2030-01-31T12:00:00Z, or +10s from now' },
    ],
    takesTarget: true,
    log: 'file',
    examples: [
      'trustctl echo-load-test --clients 100 --messages 10',
      'trustctl echo-load-test --concurrency 8 --pipeline 64 --duration 10',
      "trustctl echo-load-test --rate 5k --duration 30 --expect 'p99<5ms'",
      "trustctl echo-load-test --rate 1k..9k@1m --expect 'p99<5ms' --stop-on-failure",
    ],
    load: () => import('./echo-load-test.js'),
  },
  {
    name: 'load-merge',
    summary: 'add up the reports of the shards of a load test, as if one process had run it',
    arguments: { syntax: '<FILE...>', doc: 'what each shard printed with --json' },
    switches: [
      json,
      ...reportSwitches,
      { flags: '--max-skew <seconds>', doc: 'how far apart the shards may have started; default 1', format: 'seconds' },
    ],
    log: 'file',
    examples: ["trustctl load-merge shard-*.json --report load.html --expect 'p99<5ms'"],
    load: () => import('./load-merge.js'),
  },
  {
    name: 'echo-check',
    summary: 'check whether a server or a client, in any language, follows the rules of this protocol',
    arguments: { syntax: '[ID...]', doc: 'cases or groups to run; default: all' },
    switches: [
      json,
      {
        flags: '--list',
        doc: 'list the cases and their rules without running them: for clients with --client-command',
      },
      { flags: '--strict', doc: 'fail the run on a broken SHOULD as on a broken MUST' },
      {
        flags: '--via <name>',
        doc: 'the server is behind this proxy or firewall: hints say what it may have done',
        format: 'text',
      },
      { flags: '--junit <file>', doc: 'write the report as JUnit XML, for CI systems' },
      {
        flags: '--deadline <seconds>',
        doc: 'time limit for the whole run: cases not done by then are interrupted, and the run does not pass; 0 is off',
        format: 'seconds',
      },
      {
        flags: '--server-timeout <seconds>',
        doc: "the server's idle timeout; without it the cases that need it are skipped",
        format: 'seconds',
      },
      {
        flags: '--server-frame-timeout <seconds>',
        doc: "the server's limit for a whole frame; without it the case that needs it is skipped",
        format: 'seconds',
      },
      {
        flags: '--server-pid <pid>',
        doc: 'process id of the server, to count its open descriptors',
        format: 'count',
      },
      {
        flags: '--server-command <command>',
        doc: 'start the server with this command ({port} is replaced), restart it in one case, stop it at the end',
      },
      {
        flags: '--client-command <command>',
        doc: 'check a client instead: it is started with this command for each case ({host}, {port} are replaced)',
      },
      {
        flags: '--client-timeout <seconds>',
        doc: 'how long the client may run in a case; default: 10',
        format: 'seconds',
      },
    ],
    takesTarget: true,
    log: 'file',
    examples: [
      'trustctl echo-check --port 9000',
      'trustctl echo-check framing stream/3.1',
      'trustctl echo-check --max-payload 65536 --server-timeout 2 --junit report.xml',
      "trustctl echo-check --server-command 'python3 server.py {port}' --port 9000",
      "trustctl echo-check --client-command 'python3 client.py {host} {port}'",
    ],
    load: () => import('./echo-check.js'),
  },
  {
    name: 'echo-ping',
    summary: 'send a frame at an interval and time each echo, as ping(8); connect again after a failure',
    arguments: { syntax: '[HOST:PORT]', doc: 'where to connect; the same as --host', isTarget: true },
    switches: [
      { flags: '--json', doc: 'print one JSON object per line: each ping, then the summary' },
      { flags: '--count <pings>', doc: 'stop after this many pings; default: go on until Ctrl-C', format: 'count' },
      { flags: '--payload-size <bytes>', doc: 'payload of each frame; default: 56', format: 'payloadBytes' },
    ],
    takesTarget: true,
    stopIsEnd: true,
    log: 'file',
    examples: ['trustctl echo-ping 127.0.0.1:9900', 'trustctl echo-ping --interval 200ms --count 50 --json'],
    load: () => import('./echo-ping.js'),
  },
  {
    name: 'idle-probe',
    summary: 'find how long a path keeps an idle connection open, and how it cuts it',
    arguments: { syntax: '[HOST:PORT]', doc: 'where to connect; the same as --host', isTarget: true },
    switches: [
      json,
      {
        flags: '--keep-alive <seconds>',
        doc: 'also test a connection with TCP keep-alive after so many seconds of silence: does it prevent the cut?',
        format: 'keepAlive',
      },
    ],
    takesTarget: true,
    log: 'file',
    examples: [
      'trustctl idle-probe 127.0.0.1:9900 --max 10s',
      'trustctl idle-probe 127.0.0.1:9900 --max 1h --precision 1s --keep-alive 60',
    ],
    load: () => import('./idle-probe.js'),
  },
  {
    name: 'config show',
    summary: 'print every setting, its value, and where the value comes from',
    switches: [json],
    takesTarget: true,
    log: 'none',
    examples: ['trustctl config show', 'trustctl config show --json --port 9000'],
    load: () => import('./config-show.js'),
  },
  {
    name: 'completion',
    summary: 'print a script that completes the command line in a shell',
    arguments: { syntax: '<SHELL>', doc: 'the shell', choices: ['bash', 'zsh', 'fish'] },
    switches: [],
    log: 'none',
    examples: ['source <(trustctl completion bash)', 'trustctl completion fish | source'],
    load: () => import('./completion.js'),
  },
];
