import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isListenedOn } from './free-port';
import { temporaryFolder } from './trustctl';
import { until } from './until';

/** A proxy's program, and how it is called. */
export interface ProxyProgram {
  readonly name: string;
  /** Arguments that make it read the configuration `file` and tell whether it is good. */
  readonly checkArguments: (file: string, folder: string) => string[];
  /** Arguments that make it run in the foreground. */
  readonly runArguments: (file: string, folder: string) => string[];
}

/** With the folder that Debian installs proxies in, which is on the PATH of root only. */
export const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

/** A file of its own for a configuration. */
function write(config: string): { readonly folder: string; readonly file: string } {
  const folder = temporaryFolder();
  const file = join(folder, 'proxy.conf');
  writeFileSync(file, config);
  return { folder, file };
}

/** What the program itself says about a configuration: empty where it is good. */
export function complaints({ name, checkArguments }: ProxyProgram, config: string): string {
  const { folder, file } = write(config);
  const { status, stderr, stdout, error } = spawnSync(name, checkArguments(file, folder), { env, encoding: 'utf8' });
  if (error) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const running = new Set<ProxyProcess>();
process.once('exit', () => running.forEach((proxy) => proxy.child.kill()));

/** A proxy that runs, with what it wrote. */
export class ProxyProcess {
  output = '';
  readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private isOver = false;

  private constructor(
    private readonly program: ProxyProgram,
    config: string,
  ) {
    const { folder, file } = write(config);
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.child = spawn(program.name, program.runArguments(file, folder), { env, stdio: [...stdio] });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.isOver = true;
        running.delete(this);
        resolve();
      };
      this.child.once('error', (error) => {
        this.output += error.message;
        end();
      });
      this.child.once('close', end);
    });
    running.add(this);
  }

  /** Starts it and waits until it listens on every one of `ports`. */
  static async start(program: ProxyProgram, config: string, ports: readonly number[]): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(program, config);
    await until(() => {
      if (proxy.isOver) throw new Error(`${program.name} ended: ${proxy.output}`);
      return ports.every(isListenedOn);
    });
    return proxy;
  }

  /** Of the process that was started; that of nginx has workers. */
  get pid(): number {
    return this.child.pid!;
  }

  /** Ends it at once; resolves when it has ended. */
  async stop(): Promise<void> {
    if (!this.isOver) this.child.kill('SIGTERM');
    await this.ended;
  }
}

/** Stops every proxy that a test left running. */
export async function stopProxies(): Promise<void> {
  await Promise.all([...running].map((proxy) => proxy.stop()));
}
