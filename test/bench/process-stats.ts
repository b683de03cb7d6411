import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process used so far, in user and kernel mode, all threads. See proc_pid_stat(5). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_SECOND;
}

/**
 * Seconds for which the machine's cores were busy since it started, together, with interrupts and with what a hypervisor
 * gave to other machines. See proc_stat(5).
 */
export function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , ...interrupted] = (
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  const [hard = 0, soft = 0, stolen = 0] = interrupted;
  return (user + nice + system + hard + soft + stolen) / TICKS_PER_SECOND;
}

/** Bytes of memory that a process has resident: VmRSS. See proc_pid_status(5). */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Descriptors that a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
