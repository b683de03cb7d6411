import { closeSync, openSync } from 'node:fs';
import { WriteStream, isatty } from 'node:tty';

const STANDARD = [0, 1, 2] as const;

/** The standard descriptors that were terminals when the process started. */
const terminals = STANDARD.filter((fd) => isatty(fd));

/** Whether this process was started in a terminal. With nohup, none of its descriptors is one. */
export const startedInTerminal = (): boolean => terminals.length > 0;

/** Whether the terminal in which this process was started has been closed. */
export const terminalClosed = (): boolean => terminals.length > 0 && !terminals.some((fd) => isatty(fd));

/**
 * Whether text on this descriptor may be coloured: it is a terminal with colours, and neither NO_COLOR nor TERM=dumb is
 * set.
 * @see https://no-color.org
 */
export function showsColors(fd: number): boolean {
  const { NO_COLOR, ...others } = process.env; // an empty NO_COLOR has no effect
  return isatty(fd) && WriteStream.prototype.hasColors(NO_COLOR ? process.env : others);
}

/**
 * Whether a line on this terminal can be redrawn in place. It cannot if the size is unknown, as with some recorders.
 */
export function canRedraw({ isTTY, columns }: Pick<WriteStream, 'isTTY' | 'columns'>): boolean {
  return isTTY && columns > 0 && process.env.TERM !== 'dumb';
}

/**
 * Replaces a closed terminal on the standard descriptors by /dev/null, before the process exits. Node resets the
 * terminals that it was started with when it exits, and aborts if that fails.
 */
export function releaseClosedTerminal(): void {
  if (!terminalClosed()) return;
  for (const fd of terminals) {
    closeSync(fd);
    openSync('/dev/null', 'r+'); // takes the lowest free descriptor, which is the one just closed
  }
}
