import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClientsReady, ClientsSpec } from './clients';

/** Clients in a process of their own, which stay connected until they are let go. */
export class HeldClients {
  private constructor(
    private readonly child: ChildProcess,
    /** Bytes that they had sent when they were ready. */
    readonly sent: number,
  ) {}

  /** Connects them; resolves when all have done what the spec says. @throws Error where one could not */
  static async connect(spec: ClientsSpec): Promise<HeldClients> {
    const child = fork(join(__dirname, 'clients.js'), [JSON.stringify(spec)]);
    const failed = once(child, 'exit').then(() => {
      throw new Error(`not all of ${spec.connections} clients could connect`);
    });
    const [ready] = (await Promise.race([once(child, 'message'), failed])) as [ClientsReady];
    failed.catch(() => undefined); // it is ended on purpose later
    return new HeldClients(child, ready.sent);
  }

  /** Ends the process: the kernel closes every connection. */
  async letGo(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
