import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A server is given this long to listen, in ms, and is asked this often. */
const LISTEN_MS = 10_000;
const LISTEN_ASK_MS = 10;

/** How a server is started. */
export interface ServerCommand {
  readonly program: string;
  /** Arguments, given the port. */
  readonly args: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard output goes; default /dev/null. */
  readonly stdout?: 'ignore' | 'pipe';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A running server on a port of its own, with a TRUST_HOME of its own. */
export class BenchServer {
  readonly host = '127.0.0.1';

  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
    /** Its TRUST_HOME; gone when it is stopped. */
    readonly home: string,
  ) {}

  /** Starts it; resolves when it accepts connections. */
  static async start({ program, args, env, stdout = 'ignore' }: ServerCommand): Promise<BenchServer> {
    const port = await freePort();
    const home = mkdtempSync(join(tmpdir(), 'trustctl-bench-'));
    const stdio: StdioOptions = ['ignore', stdout, 'inherit'];
    const child = spawn(program, args(port), { stdio, cwd: home, env: { ...process.env, ...env, TRUST_HOME: home } });
    const server = new BenchServer(child, port, home);
    const deadline = performance.now() + LISTEN_MS;
    while (!(await answers(port))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        await server.stop();
        throw new Error(`${program} ${args(port).join(' ')} does not listen`);
      }
      await setTimeout(LISTEN_ASK_MS);
    }
    return server;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}
