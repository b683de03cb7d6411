import { accessSync, closeSync, constants, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RunError } from '../errors/run-error';
import { describeCode, errorCode } from '../errors/error-code';
import { exitFor } from '../errors/exit-for';

/** A file named by a flag, which a run writes when it is done. */
export interface OutputFile {
  /** @throws {RunError} if it cannot be written after all */
  write(text: string): void;
}

/**
 * Checks that a file can be written, before a run whose result would be lost otherwise. Its content is not changed yet.
 * @param flag named in errors: `--report`
 * @throws {RunError} if it is a folder, its folder does not exist, or it is not writable
 */
export function outputFile(flag: string, path: string): OutputFile {
  const orRefuse = <T>(attempt: () => T): T => {
    try {
      return attempt();
    } catch (error) {
      throw fileRefusal(flag, path, error);
    }
  };
  const held = orRefuse(() => checkWritable(path));
  return {
    write: (text) =>
      orRefuse(() => {
        writeFileSync(path, text);
        if (held !== undefined) closeSync(held);
      }),
  };
}

/** @returns for a pipe, a descriptor that keeps its reader waiting until it is written */
function checkWritable(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw systemError('EISDIR');
  // Opened without waiting for a reader: nothing could end the wait.
  if (stats?.isFIFO()) return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  if (stats) accessSync(path, constants.W_OK);
  else checkFolder(dirname(resolve(path)));
  return undefined;
}

function checkFolder(folder: string): void {
  if (!statSync(folder).isDirectory()) throw systemError('ENOTDIR');
  accessSync(folder, constants.W_OK);
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** The error of a run whose output cannot be written. @throws {unknown} what is not a system error */
export function fileRefusal(flag: string, path: string, error: unknown): RunError {
  const code = errorCode(error);
  if (code === undefined) throw error;
  const exit = exitFor(error);
  return new RunError(
    exit === 'software' ? 'ioError' : exit,
    `${flag} ${path}: cannot be written: ${describeCode(code)}`,
    code,
  );
}
