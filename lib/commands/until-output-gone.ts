/** A signal that is aborted when the reader of standard output leaves, for commands that print until they are stopped. */
export function untilOutputGone(): AbortSignal {
  const gone = new AbortController();
  process.stdout.once('error', () => gone.abort());
  return gone.signal;
}
