import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { canRedraw } from '../../io/terminal';
import type { Running } from '../load-run';
import { formatRate, plural } from '../../text/quantities';

/** ms between two updates on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 250;
const LINE_MS = 2000;

const red = (text: string): string => styleText('red', text, { validateStream: false });

/** The state of a run in one line. */
export class ProgressLine {
  private lastOk = 0;
  private lastAt: number;

  constructor(private readonly running: Running) {
    this.lastAt = running.started;
  }

  /** The line for now. @param now by performance.now() */
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
      `${formatRate(rate)}/s`,
      `p99 ${p99 === undefined ? '-' : `${p99.toFixed(2)} ms`}`,
      colored && count > 0 ? red(failed) : failed,
      this.left(now),
    ].join('  ');
  }

  /** The time that is left, as far as it can be estimated. */
  private left(now: number): string {
    const { plan, measurement } = this.running;
    const { from, ok } = measurement;
    let ms: number | undefined;
    if (plan.durationMs !== undefined) ms = from + plan.durationMs - now;
    else if (ok > 0 && plan.messages !== undefined) ms = ((now - from) / ok) * (plan.messages * plan.clients - ok);
    return ms === undefined ? '' : `${(Math.max(0, ms) / 1000).toFixed(1)} s left`;
  }
}

/** Shows a run while it is under way. */
export interface LoadProgress {
  start(running: Running): void;
  /** Erases the line. A second call does nothing. */
  stop(): void;
}

const none: LoadProgress = { start: () => undefined, stop: () => undefined };

/**
 * On a terminal: one line that is updated in place, in colour where the terminal has colours and NO_COLOR is not set.
 * Elsewhere: a line every two seconds if `wanted`, else nothing.
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
