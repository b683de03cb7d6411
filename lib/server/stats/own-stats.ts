import type { FrameServer } from '../frame-server';
import { ProcessStats } from './process-stats';
import { type ServerStats, sum } from './server-stats';

/** The numbers of a server that runs in this process, and of the process. */
export class OwnStats {
  private readonly counts;
  private readonly process = new ProcessStats();

  /** @param server one that does not listen yet */
  constructor(server: FrameServer) {
    this.counts = server.count();
  }

  async read(): Promise<ServerStats> {
    return sum(await this.process.read(), this.counts.read());
  }
}
