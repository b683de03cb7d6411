import { setTimeout } from 'node:timers/promises';
import { residentBytes } from './process-stats';

/** Memory counts as settled when it stayed within this part of itself for so many looks. */
const WITHIN = 0.005;
const LOOKS = 12;
const LOOK_MS = 250;
const DEADLINE_MS = 20_000;

/** Resident bytes of a process, once they do not change any more. */
export async function settledMemory(pid: number): Promise<number> {
  const seen: number[] = [];
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    seen.push(residentBytes(pid));
    const last = seen.slice(-LOOKS);
    const spread = Math.max(...last) - Math.min(...last);
    const now = last.at(-1) as number;
    if ((last.length === LOOKS && spread < now * WITHIN) || performance.now() > deadline) return now;
    await setTimeout(LOOK_MS);
  }
}
