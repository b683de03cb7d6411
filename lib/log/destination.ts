/** What a destination reports to the sink that writes to it. */
export interface DestinationObserver {
  /** It is open. */
  ready(): void;
  /** Everything that it was given is written. */
  drained(): void;
  /** It could not be opened or written. `again`: the write before failed too. */
  failed(error: NodeJS.ErrnoException, again: boolean): void;
}

/** Where bytes go: asynchronously, in order, and never throwing. */
export interface Destination {
  /** Whether bytes wait to be written. */
  readonly isBusy: boolean;
  /** `failing`: the last write failed, and the next one tries again; `lost`: nothing can be written any more. */
  readonly state: 'good' | 'failing' | 'lost';
  /** @returns `false` if there is no room for the chunk, which is then dropped as a whole */
  write(chunk: Buffer): boolean;
  /** Tries again what failed. */
  retry(): void;
  /** Writes what waits, then closes. */
  end(): void;
}
