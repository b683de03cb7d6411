import type { ServerLog } from './server-options';

/** Whether a service takes clients, and tells each change of that in the log. */
export class Readiness {
  private phase: 'starting' | 'running' | 'draining' = 'starting';
  private count = 0;
  private wasReady = false;

  constructor(private readonly log: ServerLog) {}

  /** From the moment that it listens to the first signal to stop, while a process serves. */
  get isReady(): boolean {
    return this.state === 'ready';
  }

  get state(): 'starting' | 'ready' | 'unready' | 'draining' {
    if (this.phase !== 'running') return this.phase;
    return this.count > 0 ? 'ready' : 'unready';
  }

  /** How many processes serve. */
  get serving(): number {
    return this.count;
  }

  /** So many processes serve. */
  serves(count: number): void {
    this.count = count;
    this.tellChange();
  }

  /** It listens. */
  starts(): void {
    this.phase = 'running';
    this.tellChange();
  }

  /** It is told to stop: new clients are taken for `delay` seconds more. */
  drains(delay = 0): void {
    this.phase = 'draining';
    this.wasReady = false;
    this.log.event('server_draining', { drain_delay_sec: delay });
  }

  private tellChange(): void {
    if (this.isReady === this.wasReady) return;
    this.wasReady = this.isReady;
    if (this.isReady) this.log.event('server_ready');
    else this.log.event('server_unready');
  }
}
