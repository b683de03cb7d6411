import { setTimeout } from 'node:timers/promises';
import { countDescriptors } from '../../proc/descriptors';

/** Open descriptors of the server, before and after; `after` is null where the process was gone by then. */
export interface Descriptors {
  readonly before: number;
  readonly after: number | null;
}

/** How often the server is looked at while it closes what its clients left, in ms. */
const POLL_MS = 20;

/**
 * Counts a server's open descriptors before and after a run.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export class LeakCheck {
  private readonly before: number;

  /**
   * @param patienceMs that the server has to close what its clients left
   * @throws {RunError} `usage` where there is no such process, `noPermission` where it is not ours to look into
   */
  constructor(
    private readonly pid: number,
    private readonly patienceMs = 5000,
  ) {
    this.before = countDescriptors(pid);
  }

  /** Counts again, as soon as there are no more than before; at the latest when the patience ends. */
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
      return null; // it ended meanwhile
    }
  }
}
