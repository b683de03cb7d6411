import { setTimeout as sleep } from 'node:timers/promises';

/** The time by which cases wait and measure. */
export interface Clock {
  /** Seconds from some point in the past. */
  now(): number;
  sleep(seconds: number): Promise<void>;
  /** Calls back after that many seconds. @returns cancels it */
  timeout(seconds: number, onTimeout: () => void): () => void;
}

const TICK_MS = 20;

/**
 * The real time. A timeout is counted in ticks, each followed by a look at the sockets: a time in which this process could not run counts as
 * one tick, so that the server is not called silent because nobody listened.
 */
export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds) => sleep(seconds * 1000),
  timeout(seconds, onTimeout) {
    let ticksLeft = Math.ceil((seconds * 1000) / TICK_MS);
    const timer = setInterval(() => {
      ticksLeft -= 1;
      if (ticksLeft > 0) return;
      clearInterval(timer);
      setImmediate(onTimeout);
    }, TICK_MS);
    return () => clearInterval(timer);
  },
};
