import { closeSync, openSync } from 'node:fs';
import { WriteStream, isatty } from 'node:tty';

const STANDARD = [0, 1, 2] as const;

/** The standard descriptors that were terminals when the process began. */
const terminals = STANDARD.filter((fd) => isatty(fd));

/** Whether this process was started in a terminal. Under nohup none of its descriptors is one. */
export const startedInTerminal = (): boolean => terminals.length > 0;

/** Whether the terminal in which this process was started has been closed since. */
export const terminalClosed = (): boolean => terminals.length > 0 && !terminals.some((fd) => isatty(fd));

/**
 * Whether text on that descriptor may be in colour: a terminal that has colours, and nobody asked for none by NO_COLOR or TERM=dumb.
 * @see https://no-color.org
 */
export function showsColors(fd: number): boolean {
  const { NO_COLOR, ...others } = process.env; // an empty one asks for nothing
  return isatty(fd) && WriteStream.prototype.hasColors(NO_COLOR ? process.env : others);
}

/** Whether a line on that terminal can be drawn anew in place. One that does not know its size, as some recorders', cannot. */
export function canRedraw({ isTTY, columns }: Pick<WriteStream, 'isTTY' | 'columns'>): boolean {
  return isTTY && columns > 0 && process.env.TERM !== 'dumb';
}

/**
 * Takes a terminal that was closed off the standard descriptors, before the process ends. Node resets the terminals that it was
 * started with as it exits, and aborts where one of them fails.
 */
export function releaseClosedTerminal(): void {
  if (!terminalClosed()) return;
  for (const fd of terminals) {
    closeSync(fd);
    openSync('/dev/null', 'r+'); // takes the lowest free descriptor, which is the one just closed
  }
}
