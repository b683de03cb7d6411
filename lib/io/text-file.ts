import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { RunError } from '../errors/run-error';
import { describeCode, errorCode } from '../errors/error-code';

/** How long a pipe may take to deliver its text, and the pause between attempts to read, in ms. */
const PIPE_DEADLINE = 1000;
const PIPE_PAUSE = 10;
const CHUNK = 1 << 16;

const pauser = new Int32Array(new SharedArrayBuffer(4));

/** Reads to the end, or just past `limit` bytes. Never blocks: a pipe may have no writer, or none yet. */
function readBytes(path: string, limit: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const isPipe = fstatSync(fd).isFIFO();
    const deadline = performance.now() + PIPE_DEADLINE;
    const chunks: Buffer[] = [];
    for (let length = 0; length <= limit;) {
      const chunk = Buffer.alloc(CHUNK);
      const count = readSome(fd, chunk);
      if (count === undefined || (count === 0 && isPipe && length === 0)) {
        if (performance.now() > deadline)
          throw new RunError('noInput', `nothing came within ${PIPE_DEADLINE / 1000} s`);
        Atomics.wait(pauser, 0, 0, PIPE_PAUSE);
        continue;
      }
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      length += count;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(fd);
  }
}

/** @returns `undefined` if there is nothing to read yet */
function readSome(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Recognizes UTF-16, which PowerShell 5 writes with `>`. */
function encodingFault(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // JSON begins with two ASCII characters: a NUL among them is half of a UTF-16 character.
  if (marked || bytes.subarray(0, 2).includes(0)) return 'it is in UTF-16, as PowerShell writes with ">"';
  return undefined;
}

/**
 * Reads UTF-8 text, with or without a byte order mark, from a file or a pipe. A pipe has to deliver it within a second.
 * @param limit largest size, in bytes
 * @throws {RunError} `noInput` if it cannot be read, `config` if it is not UTF-8. The message is to follow the file's
 *   name.
 */
export function readTextFile(path: string, limit: number): string {
  let bytes: Buffer;
  try {
    bytes = readBytes(path, limit);
  } catch (error) {
    if (error instanceof RunError) throw new RunError('noInput', `cannot be read: ${error.message}`);
    const code = errorCode(error) ?? 'EIO';
    throw new RunError('noInput', `cannot be read: ${describeCode(code)}`, code);
  }
  if (bytes.length > limit) throw new RunError('noInput', `cannot be read: it is larger than ${limit} bytes`);
  const fault = encodingFault(bytes);
  try {
    if (fault === undefined) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // reported below
  }
  throw new RunError('config', `${fault ?? 'it is not in UTF-8'}: save it as UTF-8`);
}
