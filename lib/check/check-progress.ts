import type { WriteStream } from 'node:tty';
import type { CheckCase } from './case';
import type { Target } from './target';
import { DEFAULT_PATIENCE } from './exchange';

/** ms between two looks at what runs. */
const POLL_MS = 1000;
/** A case that has waited for so many answers that never came would have ended at the first: this one goes on, and slowly. */
const ANSWERS = 2;

/** Shows how far a run is, and names the case that it waits for. */
export interface CheckProgress {
  readonly began: (check: CheckCase) => void;
  readonly ended: (check: CheckCase) => void;
  /** Nothing is shown any more; on a terminal the line is gone. */
  readonly clear: () => void;
}

/** Seconds after which a case is named: those that wait for the server's own clock have their time. */
function slowAfter({ pace }: CheckCase, target: Target): number {
  const { patience = DEFAULT_PATIENCE, serverTimeout = 0, serverFrameTimeout = 0 } = target;
  return ANSWERS * patience + (pace === 'timed' ? 2 * Math.max(serverTimeout, serverFrameTimeout) : 0);
}

/** A line that is drawn anew on a terminal; elsewhere a line for each case that is slow, once. */
export function checkProgress(stream: WriteStream, total: number, target: Target): CheckProgress {
  const running = new Map<CheckCase, number>();
  const finished = new Set<CheckCase>();
  const named = new Set<CheckCase>();
  const drawn = stream.isTTY && process.env.TERM !== 'dumb';

  const seconds = (check: CheckCase): number => Math.round((performance.now() - (running.get(check) ?? 0)) / 1000);
  const slow = (): CheckCase[] => [...running.keys()].filter((check) => seconds(check) >= slowAfter(check, target));
  const draw = (): void => {
    const waits = slow().map((check) => `${check.id} for ${seconds(check)} s`);
    const line = `${finished.size} of ${total} cases${waits.length > 0 ? `, running: ${waits.join(', ')}` : ''}`;
    stream.write(`\r${line.slice(0, (stream.columns || 80) - 1)}\x1b[K`);
  };
  const name = (): void => {
    for (const check of slow().filter((each) => !named.has(each))) {
      named.add(check);
      stream.write(`${check.id} has been running for ${seconds(check)} s: ${check.sends}\n`);
    }
  };
  const timer = setInterval(drawn ? draw : name, POLL_MS);
  timer.unref();
  return {
    began: (check) => void running.set(check, performance.now()),
    ended(check) {
      running.delete(check);
      finished.add(check);
      if (drawn) draw();
    },
    clear() {
      clearInterval(timer);
      if (drawn) stream.write('\r\x1b[K');
    },
  };
}
