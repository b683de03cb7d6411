import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ProxyProcess, type ProxyProgram, complaints } from './proxy-process';
import { temporaryFolder } from './trustctl';

const program: ProxyProgram = {
  name: 'haproxy',
  checkArguments: (file) => ['-c', '-f', file],
  runArguments: (file) => ['-db', '-f', file],
};

/** One server of a backend, as HAProxy's `show stat` tells it. */
export interface HaproxyServer {
  /** `backend/server`. */
  readonly name: string;
  /** `UP`, `DOWN`, `MAINT`, `DRAIN`, `no check` … */
  readonly status: string;
  /** Of the last health check: `L4OK`, `L6OK`, `L7STS` …; empty where there is none. */
  readonly check: string;
  /** Connections at this moment, the most at once, and in all. */
  readonly current: number;
  readonly most: number;
  readonly total: number;
}

/** What HAProxy says about a configuration: empty where it is good. */
export const haproxyComplaints = (config: string): string => complaints(program, config);

/** What a HAProxy that passes TCP on has beside its port and servers. */
interface ForwardOptions {
  /** Seconds of silence after which it ends a connection; default 30. */
  readonly clientTimeout?: number;
  readonly serverTimeout?: number;
  /** Where it listens; default 127.0.0.1. */
  readonly host?: string;
  /** Added to its `bind` line. */
  readonly bind?: string;
  /** Added to each `server` line. */
  readonly server?: string;
  /** More lines of its `listen` section. */
  readonly lines?: readonly string[];
}

/** A HAProxy that runs in the foreground, with its runtime API. */
export class Haproxy {
  private constructor(
    private readonly process: ProxyProcess,
    private readonly runtimeSocket: string,
  ) {}

  /**
   * @param config all but `stats socket`, which is added to a `global` section of its own
   * @param ports that it listens on, awaited; see `freePort`
   */
  static async start(config: string, ports: readonly number[]): Promise<Haproxy> {
    const socket = join(temporaryFolder(), 'runtime.sock');
    const complete = `global\n  stats socket ${socket} mode 600 level admin\n\n${config}\n`;
    return new Haproxy(await ProxyProcess.start(program, complete, ports), socket);
  }

  /** Starts one whose section `echo` passes TCP on to servers `s1`, `s2` …, on these ports. */
  static forward(port: number, servers: readonly number[], options: ForwardOptions = {}): Promise<Haproxy> {
    const { clientTimeout = 30, serverTimeout = 30, host = '127.0.0.1', bind = '', server = '', lines = [] } = options;
    const section = [
      'mode tcp',
      'timeout connect 5s',
      `timeout client ${clientTimeout}s`,
      `timeout server ${serverTimeout}s`,
      `bind ${host}:${port} ${bind}`,
      ...lines,
      ...servers.map((target, index) => `server s${index + 1} 127.0.0.1:${target} ${server}`),
    ];
    return Haproxy.start(['listen echo', ...section.map((line) => `  ${line}`)].join('\n'), [port]);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** What it wrote: warnings, and logs to `stdout` where the configuration asks for them. */
  get output(): string {
    return this.process.output;
  }

  /**
   * Asks the runtime API: `show stat`, `disable server b/s1` …
   * @see https://docs.haproxy.org/2.6/management.html#9.3
   */
  async command(line: string): Promise<string> {
    const socket = connect(this.runtimeSocket);
    await once(socket, 'connect');
    socket.write(`${line}\n`);
    return text(socket);
  }

  /** The servers of all backends. */
  async servers(): Promise<HaproxyServer[]> {
    const [head = '', ...rows] = (await this.command('show stat')).trim().split('\n');
    const columns = head.replace(/^# /, '').split(',');
    return rows
      .map((row) => new Map(row.split(',').map((value, index) => [columns[index], value])))
      .filter((row) => !['FRONTEND', 'BACKEND'].includes(row.get('svname') ?? ''))
      .map((row) => ({
        name: `${row.get('pxname')}/${row.get('svname')}`,
        status: row.get('status') ?? '',
        check: (row.get('check_status') ?? '').replace(/^\* /, ''), // the star: a check is under way
        current: Number(row.get('scur')),
        most: Number(row.get('smax')),
        total: Number(row.get('stot')),
      }));
  }

  /** Ends it at once. */
  stop(): Promise<void> {
    return this.process.stop();
  }
}
