/** Ends a deadline before it passes; does nothing once it has. */
export type CancelDeadline = () => void;

/**
 * Calls back after a while, unless it is cancelled. Node runs timers before it reads sockets, so what arrived while this
 * process was busy is read first, and may cancel it.
 * @param ms at most 2^31 - 1
 */
export function setDeadline(ms: number, onPassed: () => void): CancelDeadline {
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (lastLook = setImmediate(onPassed)), ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(lastLook);
  };
}

/**
 * Waits for `work`, but no longer than a deadline. What `work` does after that, failing included, is ignored.
 * @param ms 0 waits forever; at most 2^31 - 1
 * @param onLate called when the deadline passes first: returns the result instead, or throws
 */
export async function withDeadline<T, Late>(work: PromiseLike<T>, ms: number, onLate: () => Late): Promise<T | Late> {
  if (ms === 0) return work;
  let cancel: CancelDeadline | undefined;
  const passed = new Promise<void>((resolve) => (cancel = setDeadline(ms, resolve)));
  try {
    return await Promise.race([work, passed.then(onLate)]);
  } finally {
    cancel?.();
  }
}
