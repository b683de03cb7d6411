import { readdirSync } from 'node:fs';
import { errorCode } from '../errors/error-code';
import { RunError } from '../errors/run-error';

/**
 * Number of open descriptors of the process `pid`.
 * @throws {RunError} `noPermission` for another user's process, `usage` if there is no such process or no /proc
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
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
