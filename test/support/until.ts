import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the condition holds; an end that never comes is an error, so that the loop ends with its test. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came');
    await pause(5);
  }
}

/** Looks in a row at which what is measured must not have changed, 5 ms apart. */
const STILL_LOOKS = 40;

/**
 * Resolves when what is measured changes no more: for buffers of the kernel that fill, of which no event tells. It is measured
 * between turns of the event loop, so that a busy machine makes this wait longer and not end too early.
 */
export async function untilStill(measure: () => unknown): Promise<void> {
  let [before, looks] = [measure(), 0];
  await until(() => {
    const now = measure();
    looks = now === before ? looks + 1 : 0;
    before = now;
    return looks >= STILL_LOOKS;
  });
}
