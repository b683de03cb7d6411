/** The signals that are followed, with their one listener and those whom it calls. */
const followed = new WeakMap<AbortSignal, Relay>();

/**
 * Calls `onAbort` once `signal`, which is not aborted yet, is. However many follow a signal, it gets one listener: Node 20 warns of
 * more than ten, and the limit is for the signal's owner to set.
 * @returns a function that takes it back; the last of them leaves no listener behind
 */
export function followAbort(signal: AbortSignal, onAbort: () => void): () => void {
  let relay = followed.get(signal);
  if (relay === undefined) {
    relay = new Relay(signal);
    followed.set(signal, relay);
  }
  return relay.add(onAbort);
}

class Relay {
  private readonly callbacks = new Set<() => void>();

  constructor(private readonly signal: AbortSignal) {}

  add(onAbort: () => void): () => void {
    // A function of its own for each call: the same one may be given twice.
    const callback = (): void => onAbort();
    if (this.callbacks.size === 0) this.signal.addEventListener('abort', this.tell);
    this.callbacks.add(callback);
    return () => {
      if (this.callbacks.delete(callback) && this.callbacks.size === 0)
        this.signal.removeEventListener('abort', this.tell);
    };
  }

  private readonly tell = (): void => {
    for (const callback of this.callbacks) callback();
  };
}
