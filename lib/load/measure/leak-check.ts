import { setTimeout } from 'node:timers/promises';
import { countDescriptors } from '../../proc/descriptors';

/** Open descriptors of the server before and after a run; `after` is null where the process had ended. */
export interface Descriptors {
  readonly before: number;
  readonly after: number | null;
}

/** ms between two counts while the server closes its connections. */
const POLL_MS = 20;

/**
 * Counts a server's open descriptors before and after a run.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export class LeakCheck {
  private readonly before: number;

  /**
   * @param patienceMs how long the server may take to close its connections
   * @throws {RunError} `usage` where there is no such process, `noPermission` where its descriptors may not be read
   */
  constructor(
    private readonly pid: number,
    private readonly patienceMs = 5000,
  ) {
    this.before = countDescriptors(pid);
  }

  /** Counts until there are no more descriptors than before, or the patience ends. */
  async finish(): Promise<Descriptors> {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const after = this.count();
      if (after === null || after <= this.before || performance.now() > deadline) return { before: this.before, after };
      await setTimeout(POLL_MS);
    }
  }

  private count(): number | null {
    try {
      return countDescriptors(this.pid);
    } catch {
      return null; // the process has ended
    }
  }
}
