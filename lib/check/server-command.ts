import { setTimeout as wait } from 'node:timers/promises';
import { RunError } from '../errors/run-error';
import { hostPort } from '../net/host-port';
import { CommandProcess } from './command-process';
import { isConnectionError, Probe } from './probe';

/** Seconds that a server may take to listen, and to end. */
const START_SECONDS = 30;
const STOP_SECONDS = 15;
const RETRY_MS = 25;

/** A server that the check starts, restarts and stops itself. */
export class ServerCommand {
  private process: CommandProcess | undefined;

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
    return this.process?.pid ?? 0;
  }

  /** Stops the server and starts it again on the same port. Rejects with the reason if it does not come back. */
  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  /** Stops the server with SIGTERM, and with SIGKILL if it has not ended after 15 s. A second call does nothing. */
  async stop(): Promise<void> {
    const running = this.process;
    if (!running || running.hasEnded) return;
    running.signal('SIGTERM');
    const timer = setTimeout(() => running.signal('SIGKILL'), STOP_SECONDS * 1000);
    await running.ended;
    clearTimeout(timer);
  }

  private async launch(): Promise<void> {
    const started = new CommandProcess(this.command, this.host, this.port);
    this.process = started;
    const ended = started.ended.then(({ code, signal }) => signal ?? `exit code ${code ?? 'unknown'}`);
    const deadline = performance.now() + START_SECONDS * 1000;
    for (;;) {
      const over = await Promise.race([ended, this.accepts().then((yes) => yes || wait(RETRY_MS, false))]);
      if (over === true) return;
      if (typeof over === 'string') throw new Error(`the server ended (${over})${started.lastWords}`);
      if (performance.now() > deadline)
        throw new Error(`the server does not listen on ${hostPort(this.host, this.port)} after ${START_SECONDS} s`);
    }
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
}
