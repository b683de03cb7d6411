import { once } from 'node:events';
import { constants, createWriteStream, openSync } from 'node:fs';
import { fileRefusal } from './output-file';

/** A file named by a flag that is written line by line. */
export interface LineFile {
  write(line: string): void;
  /** Resolves when all lines are written. @throws {RunError} where one could not be */
  close(): Promise<void>;
}

/**
 * Opens a file for lines; what it had before is gone.
 * @param flag named in errors: `--samples`
 * @throws {RunError} where it cannot be opened
 */
export function openLineFile(flag: string, path: string): LineFile {
  let fd: number;
  try {
    // Without waiting for the reader of a pipe: nothing could end the wait.
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK, 0o666);
  } catch (error) {
    throw fileRefusal(flag, path, error);
  }
  const stream = createWriteStream(path, { fd });
  let failure: unknown;
  stream.on('error', (error) => (failure ??= error));
  return {
    write(line) {
      if (failure === undefined) stream.write(`${line}\n`);
    },
    async close() {
      stream.end();
      if (!stream.closed) await once(stream, 'close');
      if (failure !== undefined) throw fileRefusal(flag, path, failure);
    },
  };
}
