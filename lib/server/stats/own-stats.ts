import type { FrameServer } from '../frame-server';
import { ProcessStats } from './process-stats';
import { type ServerStats, sum } from './server-stats';

/** The statistics of a server in this process, and of the process. */
export class OwnStats {
  private readonly counts;
  private readonly process = new ProcessStats();

  /** @param server does not listen yet */
  constructor(server: FrameServer) {
    this.counts = server.count();
  }

  async read(): Promise<ServerStats> {
    return sum(await this.process.read(), this.counts.read());
  }
}
