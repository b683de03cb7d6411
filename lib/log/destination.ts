import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { SonicBoom } from 'sonic-boom';
import { RunError } from '../errors/run-error';
import { ownDescription, writableSocket } from '../io/own-description';

/** What a destination tells the sink that writes to it. */
export interface DestinationObserver {
  /** It is open. */
  ready(): void;
  /** All that was handed over is out. */
  drained(): void;
  /** A write failed, or the opening did. `again`: the write before failed too. */
  failed(error: NodeJS.ErrnoException, again: boolean): void;
}

/** Where bytes go: asynchronously, in order, never throwing. */
export interface Destination {
  /** Bytes that were handed over and are not out yet. */
  readonly pending: number;
  /** `failing`: the last write failed, what waits is tried again with the next; `lost`: nothing goes out here any more. */
  readonly state: 'good' | 'failing' | 'lost';
  write(chunk: Buffer): void;
  /** Writes what waits, then gives the descriptor back. */
  end(): void;
}

/** All that waited for a write in progress goes out in the next one: one write a turn of the loop must keep up. */
const MAX_WRITE = 1 << 24;

/** Writes to a file or a terminal in libuv's threads, so that a slow disk does not stall the loop. */
class SonicDestination implements Destination {
  pending = 0;
  state: Destination['state'] = 'good';
  private readonly sonic: SonicBoom;

  constructor(target: number | string, observer: DestinationObserver) {
    const options = { append: true, sync: false, contentMode: 'buffer', maxWrite: MAX_WRITE } as const;
    this.sonic = new SonicBoom({ ...options, dest: target });
    let open = typeof target === 'number';
    this.sonic.on('ready', () => {
      open = true;
      observer.ready();
    });
    this.sonic.on('write', (bytes: number) => {
      this.pending -= bytes;
      if (this.pending > 0) return;
      this.state = 'good';
      observer.drained();
    });
    this.sonic.on('error', (error: NodeJS.ErrnoException) => {
      const again = this.state !== 'good';
      this.state = open && error.code !== 'EPIPE' ? 'failing' : 'lost';
      observer.failed(error, again);
    });
  }

  write(chunk: Buffer): void {
    if (this.state === 'lost') return;
    this.pending += chunk.length;
    this.sonic.write(chunk as unknown as string); // its types do not know its buffer mode
  }

  end(): void {
    if (this.state !== 'lost') this.sonic.end();
  }
}

/**
 * Writes to a pipe or a socket whenever the loop finds it writable. A thread that is blocked in write(2), because nobody
 * reads, could not be given up: process.exit() waits for it.
 */
class StreamDestination implements Destination {
  pending = 0;
  state: Destination['state'] = 'good';

  constructor(
    private readonly stream: Writable,
    private readonly observer: DestinationObserver,
  ) {
    stream.on('error', (error) => {
      this.state = 'lost';
      observer.failed(error, false);
    });
  }

  write(chunk: Buffer): void {
    if (this.state === 'lost') return;
    this.pending += chunk.length;
    this.stream.write(chunk, (error) => {
      this.pending -= chunk.length;
      if (!error && this.pending === 0) this.observer.drained();
    });
  }

  end(): void {
    this.stream.end();
  }
}

/** What stands behind an open descriptor: standard output or standard error. */
export function openDescriptor(fd: number, observer: DestinationObserver): Destination {
  const stats = fstatSync(fd);
  // process.stderr is the loop's own watcher of its descriptor, and there can be only one
  if (stats.isSocket()) return new StreamDestination(fd === 2 ? process.stderr : writableSocket(fd), observer);
  if (stats.isFIFO()) return new StreamDestination(writableSocket(ownDescription(fd)), observer);
  return new SonicDestination(isatty(fd) ? ownDescription(fd) : fd, observer);
}

const NO_HOME =
  "there is no home folder to keep the log in: set TRUST_HOME or --log-file, or turn the file off with --log-file ''";

/** What could not even be opened. */
class LostDestination implements Destination {
  readonly pending = 0;
  readonly state = 'lost';

  constructor(error: NodeJS.ErrnoException, observer: DestinationObserver) {
    setImmediate(() => observer.failed(error, false));
  }

  write(): void {
    // a lost destination is not written to
  }

  end(): void {
    // there is nothing to give back
  }
}

/** Makes a folder and those above it. mkdir's own `recursive` never returns below /proc, where nothing can be made. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

/** A pipe is opened without waiting for a reader: that wait would hold a thread that nothing but SIGKILL ends. */
function openPipe(path: string, observer: DestinationObserver): Destination {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) {
    setImmediate(() => observer.ready());
    return new StreamDestination(writableSocket(fd), observer);
  }
  closeSync(fd);
  throw new Error(`${path} was replaced while it was opened`);
}

/**
 * A file, appended to; its folder is made where it is missing. A named pipe that nobody reads is lost (ENXIO), and so is a file in a
 * home folder that there is none of.
 */
export function openFile(path: string, observer: DestinationObserver): Destination {
  try {
    if (!isAbsolute(path)) throw new RunError('noInput', NO_HOME, 'ENOENT');
    makeFolder(dirname(path));
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) return openPipe(path, observer);
  } catch (error) {
    return new LostDestination(error as NodeJS.ErrnoException, observer);
  }
  return new SonicDestination(path, observer);
}
