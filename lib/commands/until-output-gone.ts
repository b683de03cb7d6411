/** A signal that is aborted when the reader of standard output has left, for commands that would otherwise go on printing. */
export function untilOutputGone(): AbortSignal {
  const gone = new AbortController();
  process.stdout.once('error', () => gone.abort());
  return gone.signal;
}
