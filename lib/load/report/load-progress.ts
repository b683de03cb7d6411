import type { WriteStream } from 'node:tty';
import { canRedraw } from '../../io/terminal';
import type { Running } from '../load-run';
import { plural, showRate } from '../show';

/** ms between two pictures on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 250;
const LINE_MS = 2000;

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;

/** A run's state in a line. */
export class ProgressLine {
  private lastOk = 0;
  private lastAt: number;

  constructor(private readonly running: Running) {
    this.lastAt = running.started;
  }

  /** @param now as performance.now() counts */
  next(now: number, colored: boolean): string {
    const { plan, measurement, started } = this.running;
    const { ok, rtt, errors } = measurement;
    const all = ok + measurement.warmup.ok;
    const rate = ((all - this.lastOk) * 1000) / Math.max(1, now - this.lastAt);
    this.lastOk = all;
    this.lastAt = now;
    const p99 = rtt.percentile(99);
    const count = errors.reduce((sum, error) => sum + error.count, 0);
    const failed = plural(count, 'error');
    const done = plan.messages === undefined ? `${ok} messages` : `${ok}/${plan.messages * plan.clients} messages`;
    return [
      `${((now - started) / 1000).toFixed(1)} s`,
      now < measurement.from ? 'warming up' : done,
      `${showRate(rate)}/s`,
      `p99 ${p99 === undefined ? '-' : `${p99.toFixed(2)} ms`}`,
      colored && count > 0 ? red(failed) : failed,
      this.left(now),
    ].join('  ');
  }

  /** How long it will take still, where that can be said. */
  private left(now: number): string {
    const { plan, measurement } = this.running;
    const { from, ok } = measurement;
    let ms: number | undefined;
    if (plan.durationMs !== undefined) ms = from + plan.durationMs - now;
    else if (ok > 0 && plan.messages !== undefined) ms = ((now - from) / ok) * (plan.messages * plan.clients - ok);
    return ms === undefined ? '' : `${(Math.max(0, ms) / 1000).toFixed(1)} s left`;
  }
}

/** Something that shows a run while it goes. */
export interface LoadProgress {
  start(running: Running): void;
  stop(): void;
}

const none: LoadProgress = { start: () => undefined, stop: () => undefined };

/**
 * A line on a terminal, drawn anew in place; elsewhere a line every few seconds where `wanted` says so, and nothing else. Colours only
 * where the terminal has them, and not with NO_COLOR.
 */
export async function loadProgress(stream: WriteStream, wanted: boolean): Promise<LoadProgress> {
  if (!canRedraw(stream)) {
    return wanted ? ticking(LINE_MS, (line) => stream.write(`${line}\n`), false) : none;
  }
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stream, { showCursor: true });
  return ticking(REDRAW_MS, draw, stream.hasColors(), () => draw.clear());
}

function ticking(
  everyMs: number,
  show: (line: string) => void,
  colored: boolean,
  clear: () => void = () => undefined,
): LoadProgress {
  let timer: NodeJS.Timeout | undefined;
  return {
    start(running) {
      const line = new ProgressLine(running);
      timer = setInterval(() => show(line.next(performance.now(), colored)), everyMs);
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}
