import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { isatty } from 'node:tty';
import { RunError } from '../errors/run-error';
import { ownDescription, writableSocket } from '../io/own-description';
import type { Destination, DestinationObserver } from './destination';
import { SonicDestination } from './sonic-destination';
import { StreamDestination } from './stream-destination';

/** Bytes that may wait for standard output or standard error while nobody reads. */
const STREAM_PENDING = 4 << 20;
/** Bytes that may wait for the log file: a burst of `debug` events is several megabytes, which a disk takes at once. */
const FILE_PENDING = 16 << 20;

const NO_HOME =
  "there is no home folder to keep the log in: set TRUST_HOME or --log-file, or turn the file off with --log-file ''";

/** Standard output or standard error, whatever it is: a file, a terminal, a pipe or a socket. */
export function openDescriptor(fd: number, observer: DestinationObserver): Destination {
  const stats = fstatSync(fd);
  const stream = (socket: ReturnType<typeof writableSocket>): Destination =>
    new StreamDestination(socket, STREAM_PENDING, observer);
  // the event loop can watch a descriptor only once, and process.stderr does already
  if (stats.isSocket()) return stream(fd === 2 ? process.stderr : writableSocket(fd));
  if (stats.isFIFO()) return stream(writableSocket(ownDescription(fd)));
  return new SonicDestination(isatty(fd) ? ownDescription(fd) : fd, STREAM_PENDING, observer);
}

/**
 * A file, appended to; its folder is created if it is missing. A named pipe that nobody reads is lost (ENXIO), and so is a file in
 * an unknown home folder.
 */
export function openFile(path: string, observer: DestinationObserver): Destination {
  try {
    if (!isAbsolute(path)) throw new RunError('noInput', NO_HOME, 'ENOENT');
    createFolder(dirname(path));
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) return openPipe(path, observer);
  } catch (error) {
    return new LostDestination(error as NodeJS.ErrnoException, observer);
  }
  return new SonicDestination(path, FILE_PENDING, observer);
}

/** Creates a folder and its parents. The `recursive` of Node's mkdir never returns for a folder below /proc. */
function createFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    createFolder(dirname(path));
    mkdirSync(path);
  }
}

/** Opens a pipe without waiting for a reader: only SIGKILL would end a thread that waits in open(2). */
function openPipe(path: string, observer: DestinationObserver): Destination {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) {
    setImmediate(() => observer.ready());
    return new StreamDestination(writableSocket(fd), FILE_PENDING, observer);
  }
  closeSync(fd);
  throw new Error(`${path} was replaced while it was opened`);
}

/** A destination that could not be opened. */
class LostDestination implements Destination {
  readonly isBusy = false;
  readonly state = 'lost';

  constructor(error: NodeJS.ErrnoException, observer: DestinationObserver) {
    setImmediate(() => observer.failed(error, false));
  }

  write(): boolean {
    return false;
  }

  retry(): void {
    // it is only opened again by the sink's reopen()
  }

  end(): void {
    // there is nothing to close
  }
}
