import { readdirSync } from 'node:fs';
import { errorCode } from '../errors/error-code';
import { RunError } from '../errors/run-error';

/**
 * How many descriptors the process `pid` has open.
 * @throws {RunError} where they cannot be counted: no such process, not ours to look into, or no /proc (proc(5)).
 */
export function countDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'EPERM')
      throw new RunError(
        'noPermission',
        `not allowed to count the descriptors of process ${pid}: run as its user`,
        code,
      );
    throw new RunError(
      'usage',
      `cannot count the descriptors of process ${pid}: no such process in /proc; check --server-pid`,
      code,
    );
  }
}
