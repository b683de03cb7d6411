/**
 * Whether the target of a run can be reached at all: unknown until the first client has connected, or all of them have failed to.
 *
 * While it is unknown, a client that could not connect waits for the outcome of those that are still connecting. A server that is not
 * there then costs one attempt for each client that runs at once, and not the whole run.
 */
export class Reachability {
  private state: 'unknown' | 'reachable' | 'unreachable' = 'unknown';
  private connecting = 0;
  private waiting: (() => void)[] = [];

  /** Every attempt so far has failed, and none is under way. */
  get isUnreachable(): boolean {
    return this.state === 'unreachable';
  }

  /** A client begins to connect. */
  onConnecting(): void {
    this.connecting += 1;
  }

  /** A client has connected. */
  onConnected(): void {
    this.connecting -= 1;
    if (this.state === 'unknown') this.settle('reachable');
  }

  /** A client could not connect. @returns resolves once the state is known */
  async onFailed(): Promise<void> {
    this.connecting -= 1;
    if (this.state !== 'unknown') return;
    const settled = new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.connecting === 0) this.settle('unreachable');
    await settled;
  }

  private settle(state: 'reachable' | 'unreachable'): void {
    this.state = state;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
