import type { ServerLog } from './server-options';

/** Whether a service accepts clients. Logs each change. */
export class Readiness {
  private phase: 'starting' | 'listening' | 'draining' = 'starting';
  private serving = 0;
  private wasReady = false;

  constructor(private readonly log: ServerLog) {}

  /** True from when it listens to the first signal to stop, as long as a process serves. */
  get isReady(): boolean {
    return this.phase === 'listening' && this.serving > 0;
  }

  /** Sets how many processes serve. */
  setServing(count: number): void {
    this.serving = count;
    this.logChange();
  }

  setListening(): void {
    this.phase = 'listening';
    this.logChange();
  }

  /** The service stops: final. It may still accept clients for a moment. */
  setDraining(): void {
    this.phase = 'draining';
    this.wasReady = false;
    this.log.event('server_draining');
  }

  private logChange(): void {
    if (this.isReady === this.wasReady) return;
    this.wasReady = this.isReady;
    if (this.isReady) this.log.event('server_ready');
    else this.log.event('server_unready');
  }
}
