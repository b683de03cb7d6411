/**
 * Whether any client of a run has connected yet. Until one has, a client that failed to waits for those that are still at it: a server
 * that is not there costs the clients that begin together one attempt each, and not a whole run.
 */
export class FirstContact {
  private state: 'awaited' | 'made' | 'hopeless' = 'awaited';
  private connecting = 0;
  private waiting: (() => void)[] = [];

  /** All that began to connect have failed, and none ever had a connection. */
  get isHopeless(): boolean {
    return this.state === 'hopeless';
  }

  begin(): void {
    this.connecting += 1;
  }

  succeed(): void {
    this.connecting -= 1;
    if (this.state === 'awaited') this.decide('made');
  }

  /** Resolves once it is known whether another one has connected. */
  async fail(): Promise<void> {
    this.connecting -= 1;
    if (this.state !== 'awaited') return;
    const decided = new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.connecting === 0) this.decide('hopeless');
    await decided;
  }

  private decide(state: 'made' | 'hopeless'): void {
    this.state = state;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
