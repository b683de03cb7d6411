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

/** Milliseconds that the words for the person may take, when nobody reads them. */
const TELL_DEADLINE = 500;

/** Writes to standard error and waits until it is out, or cannot be. */
async function tell(words: string): Promise<void> {
  process.stderr.on('error', () => undefined);
  const written = new Promise<void>((resolve) => process.stderr.write(words, () => resolve()));
  await withDeadline(written, TELL_DEADLINE, () => undefined);
}

/** One command line, from its words to how it ended. */
async function runCommandLine(argv: readonly string[]): Promise<RunResult> {
  try {
    const invocation = readCommandLine(argv);
    if (!invocation) return { exit: 'ok', words: '' };
    const { run } = await import('./run.js'); // --help and --version need nothing of what a run does
    return await run(invocation);
  } catch (error) {
    const words = error instanceof SettingsError ? error.message : explain(error);
    return { exit: exitFor(error), words: words.replaceAll(/^/gm, 'trustctl: ') };
  }
}

/**
 * Runs one command line and ends the process with its exit code. This is the only place that does.
 * @param argv as in process.argv: node, the script, then what was typed
 */
export async function main(argv: readonly string[]): Promise<void> {
  ownStandardPipes();
  const { exit, words } = await runCommandLine(argv);
  if (words !== '') await tell(`${printable(words)}\n`);
  releaseClosedTerminal();
  process.exit(exits[exit].code);
}
