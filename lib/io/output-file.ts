import { accessSync, closeSync, constants, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RunError } from '../errors/run-error';
import { describeCode, errorCode } from '../errors/error-code';
import { exitFor } from '../errors/exit-for';

/** A file that a flag names and that a run will write when it is done. */
export interface OutputFile {
  /** @throws {RunError} where it cannot be written after all */
  write(text: string): void;
}

/**
 * Makes sure that a file can be written, before a run that would be lost otherwise. What it holds stays until it is written anew.
 * @param flag what its errors name: `--report`
 * @throws {RunError} where it is a folder, its folder is not there, or it may not be written
 */
export function outputFile(flag: string, path: string): OutputFile {
  const orRefuse = <T>(attempt: () => T): T => {
    try {
      return attempt();
    } catch (error) {
      throw refusal(flag, path, error);
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

/** @returns a descriptor that keeps the reader of a pipe until the pipe is written */
function checkWritable(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw systemError('EISDIR');
  // Opened without waiting for a reader: nothing would end that wait.
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

function refusal(flag: string, path: string, error: unknown): RunError {
  const code = errorCode(error);
  if (code === undefined) throw error;
  const exit = exitFor(error);
  return new RunError(
    exit === 'software' ? 'ioError' : exit,
    `${flag} ${path}: cannot be written: ${describeCode(code)}`,
    code,
  );
}
