import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is asked to be on time, in ms. */
const RESOLUTION_MS = 5;

/** What this process was busy with itself. */
export interface ProcessUsage {
  /** Of one core: user and system time, all threads. */
  readonly cpu_percent: number;
  /** How much later than asked a timer ran, in ms. */
  readonly loop_delay_ms: { readonly avg: number; readonly p99: number; readonly max: number };
}

/** Watches this process while it measures another. */
export class ProcessMonitor {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly cpu = process.cpuUsage();
  private readonly started = performance.now();

  constructor() {
    this.delay.enable();
  }

  stop(): ProcessUsage {
    this.delay.disable();
    const { user, system } = process.cpuUsage(this.cpu);
    const elapsed = performance.now() - this.started;
    const late = (nanoseconds: number): number =>
      Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) * 1000) / 1000;
    const known = this.delay.count > 0;
    return {
      cpu_percent: Math.round((user + system) / 10 / elapsed),
      loop_delay_ms: {
        avg: known ? late(this.delay.mean) : 0,
        p99: known ? late(this.delay.percentile(99)) : 0,
        max: known ? late(this.delay.max) : 0,
      },
    };
  }
}
