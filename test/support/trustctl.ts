import { type ChildProcessWithoutNullStreams, type StdioOptions, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { errorCode } from '../../lib/errors/error-code';

/** The program under test, as a user starts it. */
export const BIN = resolve(__dirname, '../../bin/trustctl');

/** The same, under the permissions of files, which root may otherwise pass over (capabilities(7)). */
export const withFilePermissions: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', BIN] : [BIN];

/** A line of the JSON log. */
export type LogEvent = Record<string, unknown> & { event: string; level: string; ts: string };

export interface Started {
  /** Added to an environment that holds none of the caller's settings. */
  env?: Record<string, string>;
  cwd?: string;
  /** The command that is run; `bin/trustctl` where nothing else is named. */
  argv0?: readonly string[];
  /** A descriptor of this process that is its descriptor 3. */
  descriptor3?: number;
}

/** The processes that a process has started and that have not ended; none of one that has ended itself. */
export function childrenOf(pid: number): number[] {
  const children = readIfThere(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children.trim().split(' ').filter(Boolean).map(Number);
}

/** Whether a process runs: one that nobody has waited for yet does not. */
export function isAlive(pid: number): boolean {
  return readIfThere(`/proc/${pid}/stat`)?.includes(') Z') === false;
}

/** Sends a signal to a process that may have ended since it was last looked at. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** A file in /proc; undefined if its process is gone, be it between open and read. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What the descriptors of a process stand for: `socket:[12345]`. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const homes = new Set<string>();
process.once('exit', () => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

/** A new, empty folder that is gone when the tests end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trustctl-test-'));
  homes.add(folder);
  return folder;
}

/** The environment of a run: the caller's without any setting of ours, and a TRUST_HOME of its own. */
export function cleanEnvironment(env: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TRUST_HOME|TRUSTCTL_.*|NODE_ENV|NO_COLOR|FORCE_COLOR|CI|LISTEN_.*)$/.test(name),
  );
  return { ...Object.fromEntries(inherited), TRUST_HOME: env.TRUST_HOME ?? temporaryFolder(), ...env };
}

function start(args: readonly string[], options: Started): ChildProcessWithoutNullStreams {
  const { env, cwd, argv0 = [BIN], descriptor3 } = options;
  const [file, ...rest] = [...argv0, ...args];
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...(descriptor3 === undefined ? [] : [descriptor3])];
  return spawn(file!, rest, { env: cleanEnvironment(env), cwd, stdio }) as ChildProcessWithoutNullStreams;
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  /** The same as it came. */
  stdoutBytes: Buffer;
  stderr: string;
}

/** Runs `bin/trustctl` to its end. */
export async function runTrustctl(
  args: readonly string[],
  options: Started & { input?: string | Buffer } = {},
): Promise<Finished> {
  const child = start(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const stdoutBytes = Buffer.concat(out);
      resolve({ code, signal, stdout: stdoutBytes.toString(), stdoutBytes, stderr: Buffer.concat(err).toString() });
    });
  });
}

/** A running `bin/trustctl echo-server`, with its log as it comes. */
export class ServerProcess {
  readonly events: LogEvent[] = [];
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stderr = '';
  private ended = false;
  private readonly waiters = new Set<() => void>();

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => {
      this.events.push(JSON.parse(line) as LogEvent);
      this.wake();
    });
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.ended = true;
        this.wake();
        resolve({ code, signal });
      });
    });
  }

  /** Starts it on a free port and waits for `server_start`. */
  static async start<Server extends ServerProcess>(
    this: new (child: ChildProcessWithoutNullStreams) => Server,
    flags: readonly string[] = [],
    options: Started = {},
  ): Promise<Server> {
    const server = new this(start(['echo-server', '--port', '0', ...flags], options));
    await server.waitFor('server_start');
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get port(): number {
    return this.events.find(({ event }) => event === 'server_start')!.port as number;
  }

  /** The events of one name that came so far. */
  all(event: string): LogEvent[] {
    return this.events.filter((line) => line.event === event);
  }

  /** The first event of that name that fits, from the past or awaited; rejects when the server ends without it. */
  async waitFor(event: string, fits: (line: LogEvent) => boolean = () => true): Promise<LogEvent> {
    for (;;) {
      const found = this.events.find((line) => line.event === event && fits(line));
      if (found) return found;
      if (this.ended) throw new Error(`the server ended without ${event}: ${this.stderr}`);
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  /** SIGTERM, and the exit code that followed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.ended) this.child.kill(signal);
    return (await this.exited).code;
  }

  private wake(): void {
    const waiting = [...this.waiters];
    this.waiters.clear();
    waiting.forEach((resolve) => resolve());
  }
}
