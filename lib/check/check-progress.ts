import type { WriteStream } from 'node:tty';
import { canRedraw } from '../io/terminal';
import type { CheckCase, Rule } from './case';
import { DEFAULT_PATIENCE } from './exchange';
import type { Target } from './target';

/** ms between two updates. */
const POLL_MS = 1000;
/** A case whose server never answers ends after one wait. One that takes this many waits goes on, slowly. */
const WAITS = 2;

/** Shows how far a run is, and names cases that take long. */
export interface CheckProgress<Case extends Rule> {
  readonly onBegin: (check: Case) => void;
  readonly onEnd: (check: Case) => void;
  /** Erases the line. */
  readonly stop: () => void;
}

/** Seconds after which a case is named: timed cases are expected to wait for the server's timeout. */
export function slowServerCase(
  { pace }: CheckCase,
  { patience = DEFAULT_PATIENCE, serverTimeout = 0, serverFrameTimeout = 0 }: Target,
): number {
  return WAITS * patience + (pace === 'timed' ? 2 * Math.max(serverTimeout, serverFrameTimeout) : 0);
}

/**
 * On a terminal: one line that is updated in place. Elsewhere: a line for each slow case, once.
 * @param slowAfter seconds after which a case is named
 */
export async function checkProgress<Case extends Rule>(
  stream: WriteStream,
  total: number,
  slowAfter: (check: Case) => number,
): Promise<CheckProgress<Case>> {
  const running = new Map<Case, number>();
  const finished = new Set<Case>();
  const named = new Set<Case>();

  const seconds = (check: Case): number => Math.round((performance.now() - (running.get(check) ?? 0)) / 1000);
  const slow = (): Case[] => [...running.keys()].filter((check) => seconds(check) >= slowAfter(check));
  const line = (): string => {
    const waits = slow().map((check) => `${check.id} for ${seconds(check)} s`);
    return `${finished.size} of ${total} cases${waits.length > 0 ? `, running: ${waits.join(', ')}` : ''}`;
  };
  const nameSlow = (): void => {
    for (const check of slow().filter((each) => !named.has(each))) {
      named.add(check);
      stream.write(`${check.id} has been running for ${seconds(check)} s: ${check.sends}\n`);
    }
  };

  const drawn = canRedraw(stream) ? await lineOn(stream) : undefined;
  const update = drawn ? (): void => drawn.draw(line()) : nameSlow;
  const timer = setInterval(update, POLL_MS);
  timer.unref();
  return {
    onBegin: (check) => void running.set(check, performance.now()),
    onEnd(check) {
      running.delete(check);
      finished.add(check);
      drawn?.draw(line());
    },
    stop() {
      clearInterval(timer);
      drawn?.clear();
    },
  };
}

async function lineOn(stream: WriteStream): Promise<{ draw: (line: string) => void; clear: () => void }> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stream, { showCursor: true });
  return { draw, clear: () => draw.clear() };
}
