import type { ExitName } from './exits';

/** An error that ends the run, with an exit and a message for the person at the terminal. */
export class RunError extends Error {
  /**
   * @param exit how the run ends
   * @param message one line: what failed, which value, what to do
   * @param code the error code behind it, if there is one
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
