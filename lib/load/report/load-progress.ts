import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { canRedraw } from '../../io/terminal';
import { SAMPLE_MS, type Sample } from '../measure/sampler';
import type { Plan } from '../plan';
import { formatRate, plural } from '../../text/quantities';

/** ms between two updates on a terminal, and between two lines elsewhere. */
const REDRAW_MS = 250;
const LINE_MS = 2000;

const red = (text: string): string => styleText('red', text, { validateStream: false });

/** The state of a run in one line, from its samples. */
export class ProgressLine {
  private ok = 0;
  private errors = 0;
  private rate = 0;
  private p99: number | undefined;

  /** @param started by performance.now() */
  constructor(
    private readonly plan: Plan,
    private readonly started: number,
  ) {}

  add({ ok, warmup, errors, rtt }: Sample): void {
    this.ok += ok;
    this.errors += errors;
    this.rate = ((ok + warmup) * 1000) / SAMPLE_MS;
    this.p99 = rtt.percentile(99);
  }

  /** The line for now. @param now by performance.now() */
  next(now: number, colored: boolean): string {
    const { plan, started, ok, errors, p99 } = this;
    const failed = plural(errors, 'error');
    const done = plan.messages === undefined ? `${ok} messages` : `${ok}/${plan.messages * plan.clients} messages`;
    return [
      `${((now - started) / 1000).toFixed(1)} s`,
      now < started + plan.warmupMs ? 'warming up' : done,
      `${formatRate(this.rate)}/s`,
      `p99 ${p99 === undefined ? '-' : `${p99.toFixed(2)} ms`}`,
      colored && errors > 0 ? red(failed) : failed,
      this.left(now),
    ].join('  ');
  }

  /** The time that is left, as far as it can be estimated. */
  private left(now: number): string {
    const { plan, ok } = this;
    const from = this.started + plan.warmupMs;
    let ms: number | undefined;
    if (plan.durationMs !== undefined) ms = from + plan.durationMs - now;
    else if (ok > 0 && plan.messages !== undefined) ms = ((now - from) / ok) * (plan.messages * plan.clients - ok);
    return ms === undefined ? '' : `${(Math.max(0, ms) / 1000).toFixed(1)} s left`;
  }
}

/** Shows a run while it is under way. */
export interface LoadProgress {
  start(plan: Plan): void;
  /** Takes what happened in another second. */
  add(sample: Sample): void;
  /** Erases the line. A second call does nothing. */
  stop(): void;
}

const none: LoadProgress = { start: () => undefined, add: () => undefined, stop: () => undefined };

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
  let line: ProgressLine | undefined;
  return {
    start(plan) {
      const started = new ProgressLine(plan, performance.now());
      line = started;
      timer = setInterval(() => show(started.next(performance.now(), colored)), everyMs);
    },
    add: (sample) => line?.add(sample),
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}
