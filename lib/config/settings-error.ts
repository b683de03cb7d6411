import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';

/** One thing that is wrong with the settings or the command line of a run. */
export interface Problem {
  readonly exit: ExitName;
  /** One line: the source, the value, and what it must be. */
  readonly text: string;
}

/** A value as JSON, shortened to one short line. */
export function quote(value: unknown): string {
  const text = inJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}'; // nested too deep for the stack
  }
}

/** All problems of a run's settings, one per line. Its exit is that of the first: flags, then variables, then files. */
export class SettingsError extends RunError {
  constructor(readonly problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].exit, problems.map(({ text }) => text).join('\n'));
    this.name = 'SettingsError';
  }
}
