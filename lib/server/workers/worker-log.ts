import type { ServerLog } from '../server-options';
import type { ForwardedEvent } from './messages';

/** Numbers the connections of a run: 1, 2, 3 … */
export class ConnectionNumbers {
  private last = 0;

  next(): number {
    this.last += 1;
    return this.last;
  }
}

interface OpenConnection {
  /** The fields that name it in the log: `conn`, `client_fd`, `remote`. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** In ms since 1970. */
  readonly connectedAt: number;
}

/** Logs the events of one worker, and when it ends, the close of each connection that it left open. */
export class WorkerLog {
  /** Connections without a `client_close`, by the worker's own numbers. */
  private readonly open = new Map<unknown, OpenConnection>();
  private isOver = false;

  constructor(
    private readonly log: ServerLog,
    private readonly numbers: ConnectionNumbers,
  ) {}

  take({ name, fields, at }: ForwardedEvent): void {
    if (this.isOver) return;
    const { conn } = fields;
    if (name === 'client_connect') {
      this.open.set(conn, { identity: { ...fields, conn: this.numbers.next() }, connectedAt: at });
    }
    const numbered = conn === undefined ? fields : { ...fields, conn: this.open.get(conn)?.identity.conn };
    if (name === 'client_close') this.open.delete(conn);
    this.log.event(name, numbered, at);
  }

  /**
   * The worker has ended. Its later events are ignored.
   * @returns how many connections were open
   */
  end(reason: string): number {
    const left = this.open.size;
    const now = Date.now();
    for (const { identity, connectedAt } of this.open.values()) {
      this.log.event('client_close', { ...identity, reason, duration_ms: now - connectedAt }, now);
    }
    this.open.clear();
    this.isOver = true;
    return left;
  }
}
