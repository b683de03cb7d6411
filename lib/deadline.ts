/**
 * Waits for `work`, but no longer than a deadline. What `work` does after that, failing included, is ignored.
 * @param ms 0 waits forever; at most 2^31 - 1
 * @param onLate called when the deadline passes first: returns the result instead, or throws
 */
export async function withDeadline<T, Late>(work: PromiseLike<T>, ms: number, onLate: () => Late): Promise<T | Late> {
  if (ms === 0) return work;
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    return await Promise.race([work, passed.then(onLate)]);
  } finally {
    clearTimeout(timer);
  }
}
