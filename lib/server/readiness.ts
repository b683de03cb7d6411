import type { ServerLog } from './server-options';

/** Whether a service accepts clients. Logs each change. */
export class Readiness {
  private phase: 'starting' | 'listening' | 'draining' = 'starting';
  private count = 0;
  private wasReady = false;

  constructor(private readonly log: ServerLog) {}

  /** True from when it listens to the first signal to stop, as long as a process serves. */
  get isReady(): boolean {
    return this.state === 'ready';
  }

  get state(): 'starting' | 'ready' | 'unready' | 'draining' {
    if (this.phase !== 'listening') return this.phase;
    return this.count > 0 ? 'ready' : 'unready';
  }

  /** How many processes serve. */
  get serving(): number {
    return this.count;
  }

  /** Sets how many processes serve. */
  setServing(count: number): void {
    this.count = count;
    this.logChange();
  }

  setListening(): void {
    this.phase = 'listening';
    this.logChange();
  }

  /** The service stops: final. It still accepts clients for `delay` seconds. */
  setDraining(delay = 0): void {
    this.phase = 'draining';
    this.wasReady = false;
    this.log.event('server_draining', { drain_delay_sec: delay });
  }

  private logChange(): void {
    if (this.isReady === this.wasReady) return;
    this.wasReady = this.isReady;
    if (this.isReady) this.log.event('server_ready');
    else this.log.event('server_unready');
  }
}
