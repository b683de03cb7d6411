import type { ServerLog } from './server-options';

/** Whether a service takes clients, and tells each change of that in the log. */
export class Readiness {
  private phase: 'starting' | 'running' | 'draining' = 'starting';
  private serving = 0;
  private wasReady = false;

  constructor(private readonly log: ServerLog) {}

  /** From the moment that it listens to the first signal to stop, while a process serves. */
  get isReady(): boolean {
    return this.phase === 'running' && this.serving > 0;
  }

  /** So many processes serve. */
  serves(count: number): void {
    this.serving = count;
    this.tellChange();
  }

  /** It listens. */
  starts(): void {
    this.phase = 'running';
    this.tellChange();
  }

  /** It stops: takes no new clients soon, if it still does. */
  drains(): void {
    this.phase = 'draining';
    this.wasReady = false;
    this.log.event('server_draining');
  }

  private tellChange(): void {
    if (this.isReady === this.wasReady) return;
    this.wasReady = this.isReady;
    if (this.isReady) this.log.event('server_ready');
    else this.log.event('server_unready');
  }
}
