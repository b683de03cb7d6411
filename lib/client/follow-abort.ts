/** One relay for each signal that is followed. */
const relays = new WeakMap<AbortSignal, Relay>();

/**
 * Calls `onAbort` when `signal` is aborted; it must not be aborted yet. A signal gets one listener, however many follow
 * it: Node 20 warns of more than ten, and changing that limit is up to the signal's owner.
 * @returns stops following; the last one to stop removes the listener
 */
export function followAbort(signal: AbortSignal, onAbort: () => void): () => void {
  let relay = relays.get(signal);
  if (relay === undefined) {
    relay = new Relay(signal);
    relays.set(signal, relay);
  }
  return relay.add(onAbort);
}

class Relay {
  private readonly callbacks = new Set<() => void>();

  constructor(private readonly signal: AbortSignal) {}

  add(onAbort: () => void): () => void {
    // A new function for each call, as the same one may be passed twice.
    const callback = (): void => onAbort();
    if (this.callbacks.size === 0) this.signal.addEventListener('abort', this.relay);
    this.callbacks.add(callback);
    return () => {
      if (this.callbacks.delete(callback) && this.callbacks.size === 0)
        this.signal.removeEventListener('abort', this.relay);
    };
  }

  private readonly relay = (): void => {
    for (const callback of this.callbacks) callback();
  };
}
