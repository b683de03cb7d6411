import { type ChildProcess, spawn } from 'node:child_process';

/** Characters of a process's output that are kept, to say why it ended. */
const TAIL = 4096;

/** Characters of its last line that are shown. */
const SHOWN = 80;

/** What would outlive this process. */
const running = new Set<CommandProcess>();
process.once('exit', () => {
  for (const one of running) one.signal('SIGKILL');
});

/** How a process ended: its exit code, or the signal that killed it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that a command line starts, with its children: they are one process group. */
export class CommandProcess {
  /** Resolves when it has ended; its children may still run. Never rejects. */
  readonly exited: Promise<ProcessEnd>;
  /** Resolves when it has ended and all its output is here: no child of it holds the output open. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private output = '';

  /**
   * @param command a program and its arguments in shell syntax, variables before it if needed; `{port}` and `{host}` are replaced
   */
  constructor(command: string, host: string, port: number) {
    const line = command.replaceAll('{port}', String(port)).replaceAll('{host}', host);
    // exec, so that the process is the program and not a shell: its descriptors are counted. env, so that variables may come first.
    // detached makes a process group, which is signalled as a whole.
    const child = spawn('/bin/sh', ['-c', `exec env ${line}`], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-TAIL)));
    running.add(this);
    const end = (event: 'exit' | 'close'): Promise<ProcessEnd> =>
      new Promise((resolve) => {
        child.once('error', ({ message }) => {
          this.output = message;
          resolve({ code: null, signal: null });
        });
        child.once(event, (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }));
      });
    this.exited = end('exit');
    this.ended = end('close').finally(() => running.delete(this));
  }

  /** Its process id; 0 if it could not be started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The last line of its output, after `: `, control characters replaced; empty without output. */
  get lastWords(): string {
    const line = this.output.trim().split('\n').at(-1);
    return line ? `: ${line.slice(0, SHOWN).replaceAll(/\p{Cc}/gu, '?')}` : '';
  }

  /** Signals the whole group, also what is left of it when the process itself has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // it has ended
    }
  }
}
