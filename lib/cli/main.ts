import { withDeadline } from '../deadline';
import { SettingsError } from '../config/settings-error';
import { exitFor } from '../errors/exit-for';
import { exits } from '../errors/exits';
import { explain } from '../errors/explain';
import { printable } from './printable';
import { ownStandardPipes } from '../io/own-description';
import { readCommandLine } from './program';
import type { RunResult } from './run';
import { releaseClosedTerminal } from '../io/terminal';

/** ms to wait for standard error, if nobody reads it. */
const PRINT_DEADLINE = 500;

/** Writes to standard error. Resolves when it is written, or cannot be. */
async function printError(words: string): Promise<void> {
  process.stderr.on('error', () => undefined);
  const written = new Promise<void>((resolve) => process.stderr.write(words, () => resolve()));
  await withDeadline(written, PRINT_DEADLINE, () => undefined);
}

/** Runs one command line. Never throws. */
async function runCommandLine(argv: readonly string[]): Promise<RunResult> {
  try {
    const invocation = readCommandLine(argv);
    if (!invocation) return { exit: 'ok', words: '' };
    const { run } = await import('./run.js'); // not needed by --help and --version
    return await run(invocation);
  } catch (error) {
    const words = error instanceof SettingsError ? error.message : explain(error);
    return { exit: exitFor(error), words: words.replaceAll(/^/gm, 'trustctl: ') };
  }
}

/**
 * Runs one command line and ends the process with its exit code. This is the only place that does.
 * @param argv as process.argv: node, the script, then the words of the command line
 */
export async function main(argv: readonly string[]): Promise<void> {
  ownStandardPipes();
  const { exit, words } = await runCommandLine(argv);
  if (words !== '') await printError(`${printable(words)}\n`);
  releaseClosedTerminal();
  process.exit(exits[exit].code);
}
