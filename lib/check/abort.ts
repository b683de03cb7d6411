/** The abort reason of a run whose deadline passed. */
export class DeadlinePassed extends Error {
  constructor(seconds: number) {
    super(`the deadline of ${seconds} s passed`);
    this.name = 'DeadlinePassed';
  }
}

/** Why a case has no verdict: what ended the run, and whether the case had begun. */
export function unfinishedReason({ reason }: AbortSignal, begun: boolean): string {
  const words = reason instanceof DeadlinePassed ? reason.message : 'interrupted';
  return begun ? `${words} while it ran` : words;
}

/**
 * Waits for work until a signal is aborted. The work itself goes on, and its later failure is ignored.
 * @returns what the work resolves to; undefined where the signal came first
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined);
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
