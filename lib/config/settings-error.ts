import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';

/** One thing that is wrong with what a run was given. */
export interface Problem {
  readonly exit: ExitName;
  /** One line: the source, the value, what it must be. */
  readonly text: string;
}

/** A value as a problem shows it: on one line, and short. */
export function quote(value: unknown): string {
  const text = inJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}'; // nested deeper than the stack
  }
}

/** All that is wrong with the settings of a run, a line each. Exits as the first of them: flags, then variables, then files. */
export class SettingsError extends RunError {
  constructor(readonly problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].exit, problems.map(({ text }) => text).join('\n'));
    this.name = 'SettingsError';
  }
}
