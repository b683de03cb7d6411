import type { LimitSearch, RestResult } from './limit-search';
import { type ProbeTarget, RestingConnection } from './resting-connection';

/** Called for each connection of a round. */
export interface RoundHandlers {
  onResult(rest: number, result: RestResult): void;
  /** A connection could not be made, or gave no first echo. */
  onFailure(error: Error): void;
}

/** A connection of a round, from its connect to its result. */
class RestProbe {
  private connection: RestingConnection | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When it spoke, in seconds of rest. */
  private spokeAt: number | undefined;
  private isOver = false;
  private resolve: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.resolve = resolve));

  constructor(
    private readonly planned: number,
    private readonly search: LimitSearch,
    private readonly handlers: RoundHandlers,
  ) {}

  async start(target: ProbeTarget): Promise<void> {
    try {
      const connection = await RestingConnection.open(target);
      this.connection = connection;
      if (this.isOver) {
        connection.close();
        return;
      }
      connection.watch((result) => this.settle(connection.rested, result));
      this.arm();
    } catch (error) {
      if (!this.isOver) this.handlers.onFailure(error as Error);
      this.end();
    }
  }

  /** Plans when to speak, anew whenever the search knows more. */
  arm(): void {
    const { connection, search, planned, spokeAt } = this;
    if (connection === undefined || this.isOver) return;
    const due = Math.min(planned, search.horizon);
    if (spokeAt !== undefined) {
      if (spokeAt > search.horizon) this.end();
      return;
    }
    clearTimeout(this.timer);
    const left = due - connection.rested;
    if (left < 0 && due < planned) this.end();
    else this.timer = setTimeout(() => void this.speak(connection, due), Math.max(0, left * 1000));
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.connection?.close();
    this.resolve();
  }

  private async speak(connection: RestingConnection, due: number): Promise<void> {
    // Timers may fire a little early.
    const rest = Math.max(due, connection.rested);
    this.spokeAt = rest;
    this.settle(rest, await connection.speak());
  }

  private settle(rest: number, result: RestResult): void {
    if (this.isOver) return;
    this.end();
    this.handlers.onResult(rest, result);
  }
}

/** Lets connections rest in parallel. Resolves when each has a result, or would add nothing. */
export async function runRound(
  rests: readonly number[],
  search: LimitSearch,
  target: ProbeTarget,
  handlers: RoundHandlers,
  stop: AbortSignal,
): Promise<void> {
  const probes: RestProbe[] = rests.map(
    (rest) =>
      new RestProbe(rest, search, {
        ...handlers,
        onResult: (rested, result) => {
          search.record(rested, result);
          handlers.onResult(rested, result);
          if (result.kind !== 'answered') probes.forEach((probe) => probe.arm());
        },
      }),
  );
  const endAll = (): void => probes.forEach((probe) => probe.end());
  stop.addEventListener('abort', endAll, { once: true });
  try {
    if (stop.aborted) endAll();
    else probes.forEach((probe) => void probe.start(target));
    await Promise.all(probes.map(({ ended }) => ended));
  } finally {
    stop.removeEventListener('abort', endAll);
  }
}
