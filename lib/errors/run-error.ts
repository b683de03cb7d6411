import type { ExitName } from './exits';

/** An error whose words are meant for the person at the terminal, and the exit it leads to. */
export class RunError extends Error {
  /**
   * @param exit how the run ends
   * @param message one line: what failed, which value, what to do
   * @param code the error code behind it, where there is one
   */
  constructor(
    readonly exit: ExitName,
    message: string,
    readonly code?: string,
  ) {
    super(message);
    this.name = 'RunError';
  }
}
