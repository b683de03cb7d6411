import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, cleanEnvironment, temporaryFolder } from './trustctl';
import { until } from './until';

/** A command in a terminal of its own. */
export class Terminal {
  screen = '';
  private readonly code = join(temporaryFolder(), 'code');
  private readonly recorder: ChildProcess;
  private readonly closed: Promise<unknown>;

  /** @param command a line for the shell, in which `trustctl` is the program under test */
  constructor(command: string, env: Record<string, string> = {}) {
    // The outer shell ends with the terminal, as a user's does. The inner one outlives it, and tells how the command ended: what it
    // ignores, Node does not.
    const inner = `trap '' HUP; trustctl() { ${BIN} "$@"; }; ${command}; echo $? > ${this.code}`;
    const script = `(${inner}); true`;
    const options = { env: cleanEnvironment({ TERM: 'xterm', SHELL: '/bin/bash', ...env }) };
    this.recorder = spawn('script', ['-qfec', script, '/dev/null'], options);
    this.recorder.stdout!.on('data', (chunk: Buffer) => (this.screen += chunk.toString()));
    this.closed = once(this.recorder, 'close');
  }

  /** Resolves when the screen shows it. */
  async shows(text: string): Promise<void> {
    await until(() => this.screen.includes(text));
  }

  /** Closes the window: nobody holds the terminal any more. */
  async close(): Promise<void> {
    this.recorder.kill('SIGKILL');
    await this.closed;
  }

  /** The command's exit code. The screen is whole then. */
  async exitCode(): Promise<number> {
    await this.closed;
    await until(() => existsSync(this.code) && readFileSync(this.code, 'utf8').endsWith('\n'));
    return Number(readFileSync(this.code, 'utf8'));
  }
}
