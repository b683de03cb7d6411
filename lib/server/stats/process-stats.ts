import { readdir } from 'node:fs/promises';
import { descriptorLimit } from '../../proc/descriptor-limit';
import { EventLoopLag } from './event-loop-lag';
import { type ServerStats, zeroCounters, zeroGauges } from './server-stats';

/** What this process uses: CPU, memory, descriptors, and how late its timers run. */
export class ProcessStats {
  private readonly lag = new EventLoopLag();
  private readonly limit = descriptorLimit() ?? 0;

  async read(): Promise<ServerStats> {
    const openDescriptors = await countOpenDescriptors(); // first, so that the rest is from one moment
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      counters: { ...zeroCounters, eventLoopLag: this.lag.read(), cpuSeconds: (user + system) / 1e6 },
      gauges: {
        ...zeroGauges,
        residentBytes: rss,
        heapUsedBytes: heapUsed,
        openDescriptors,
        descriptorLimit: this.limit,
      },
    };
  }
}

/** In a thread of the pool, as there can be tens of thousands. 0 if unknown. */
async function countOpenDescriptors(): Promise<number> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return 0;
  }
}
