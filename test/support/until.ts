import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the condition holds; an end that never comes is an error, so that the loop ends with its test. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came');
    await pause(5);
  }
}
