import type { Clock } from '../../lib/check/clock';

const TICK_MS = 10;

interface Pending {
  readonly due: number;
  readonly onTimeout: () => void;
}

/**
 * The time in which this process could run, for servers and checks that share it: a second in which the machine was busy elsewhere is one
 * tick for both. So what is due first happens first, however slow the machine is.
 */
class ProcessClock implements Clock {
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly pending = new Set<Pending>();

  now(): number {
    return (this.ticks * TICK_MS) / 1000;
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => this.timeout(seconds, resolve));
  }

  timeout(seconds: number, onTimeout: () => void): () => void {
    const entry = { due: this.ticks + Math.ceil((seconds * 1000) / TICK_MS), onTimeout };
    this.pending.add(entry);
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    return () => {
      this.pending.delete(entry);
      this.stopIfIdle();
    };
  }

  private tick(): void {
    this.ticks += 1;
    const due = [...this.pending].filter((entry) => entry.due <= this.ticks).sort((a, b) => a.due - b.due);
    for (const entry of due) {
      // One that was cancelled by another of the same tick is not called.
      if (this.pending.delete(entry)) entry.onTimeout();
    }
    this.stopIfIdle();
  }

  private stopIfIdle(): void {
    if (this.pending.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

export const processClock: Clock = new ProcessClock();
