import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { RunError } from '../errors/run-error';
import { hostPort } from '../net/host-port';
import { isConnectionError, Probe } from './probe';

/** Seconds that a server may take to listen, and to end. */
const START_SECONDS = 30;
const STOP_SECONDS = 15;
const RETRY_MS = 25;
/** Characters of the server's output that are kept, to say why it ended. */
const TAIL = 4096;

/** A server that the check starts, restarts and stops itself. */
export class ServerCommand {
  private child: ChildProcess | undefined;
  private ended: Promise<string> = Promise.resolve('it was never started');
  private output = '';

  private constructor(
    private readonly command: string,
    private readonly host: string,
    private readonly port: number,
  ) {}

  /**
   * Starts a server and resolves when it accepts connections.
   * @param command a program and its arguments in shell syntax, variables before it if needed; `{port}` and `{host}` are replaced
   * @throws {RunError} `unavailable` when the port is in use, or the command ends or does not listen within 30 s
   */
  static async start(command: string, host: string, port: number): Promise<ServerCommand> {
    const server = new ServerCommand(command, host, port);
    if (await server.accepts())
      throw new RunError(
        'unavailable',
        `${hostPort(host, port)} is in use: stop what listens there, or choose another --port`,
        'EADDRINUSE',
      );
    try {
      await server.launch();
    } catch (error) {
      await server.stop();
      throw new RunError('unavailable', `--server-command: ${error instanceof Error ? error.message : String(error)}`);
    }
    return server;
  }

  /** The process id of the server, which a restart changes. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Stops the server and starts it again on the same port. Rejects with the reason if it does not come back. */
  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  /** Stops the server with SIGTERM, and with SIGKILL if it has not ended after 15 s. A second call does nothing. */
  async stop(): Promise<void> {
    if (this.child?.exitCode !== null || this.child.signalCode !== null) return;
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_SECONDS * 1000);
    await this.ended;
    clearTimeout(timer);
  }

  private async launch(): Promise<void> {
    const line = this.command.replaceAll('{port}', String(this.port)).replaceAll('{host}', this.host);
    // exec, so that the process is the server and not a shell: its descriptors are counted. env, so that variables may come first.
    // detached makes a process group, which is signalled as a whole.
    const child = spawn('/bin/sh', ['-c', `exec env ${line}`], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-TAIL)));
    const killed = (): void => this.signal('SIGKILL');
    process.once('exit', killed);
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        process.off('exit', killed);
        resolve(signal ?? `exit code ${code ?? 'unknown'}`);
      });
    });

    const deadline = performance.now() + START_SECONDS * 1000;
    for (;;) {
      const over = await Promise.race([this.ended, this.accepts().then((yes) => yes || wait(RETRY_MS, false))]);
      if (over === true) return;
      if (typeof over === 'string') throw new Error(`the server ended (${over})${this.lastWords()}`);
      if (performance.now() > deadline)
        throw new Error(`the server does not listen on ${hostPort(this.host, this.port)} after ${START_SECONDS} s`);
    }
  }

  /** The last line of its output. */
  private lastWords(): string {
    const line = this.output.trim().split('\n').at(-1);
    return line ? `: ${line}` : '';
  }

  private async accepts(): Promise<boolean> {
    try {
      (await Probe.open({ host: this.host, port: this.port }, START_SECONDS)).close();
      return true;
    } catch (error) {
      if (isConnectionError(error)) return false;
      throw error;
    }
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // it has ended
    }
  }
}
