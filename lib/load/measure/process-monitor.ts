import { monitorEventLoopDelay } from 'node:perf_hooks';

/** ms between two samples of the event loop's delay. */
const RESOLUTION_MS = 5;

/** The load test's own use of the machine. */
export interface ProcessUsage {
  /** Percent of one core: user and system time of all threads. */
  readonly cpu_percent: number;
  /** How late the event loop ran its timers, in ms. */
  readonly loop_delay_ms: { readonly avg: number; readonly p99: number; readonly max: number };
}

/** Measures this process from construction to {@link stop}. */
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
    const any = this.delay.count > 0;
    return {
      cpu_percent: Math.round((user + system) / 10 / elapsed),
      loop_delay_ms: {
        avg: any ? late(this.delay.mean) : 0,
        p99: any ? late(this.delay.percentile(99)) : 0,
        max: any ? late(this.delay.max) : 0,
      },
    };
  }
}
