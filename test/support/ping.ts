import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BIN, cleanEnvironment } from './trustctl';

/** A line of its output. */
interface Line {
  readonly type: 'reply' | 'lost' | 'closed' | 'summary';
  readonly [key: string]: unknown;
}

/** An `echo-ping --json` that runs, with its lines as they come. */
export class Ping {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(args: readonly string[]) {
    this.child = spawn(BIN, ['echo-ping', '--json', ...args], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface(this.child.stdout!).on('line', (line) => this.lines.push(JSON.parse(line) as Line));
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  all(type: Line['type']): Line[] {
    return this.lines.filter((line) => line.type === type);
  }

  async stop(): Promise<{ code: number | null; summary: Line }> {
    this.child.kill('SIGINT');
    const code = await this.exited;
    return { code, summary: this.lines.at(-1)! };
  }
}
