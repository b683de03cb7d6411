import type { CommandEntry } from '../commands';
import { loadSettings } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { type ExitName, exits } from '../errors/exits';
import { type StopSignal, stopSignal, stopSignals } from '../errors/stop-signals';
import { errorCode, errnoOf } from '../errors/error-code';
import { exitFor } from '../errors/exit-for';
import { explain } from '../errors/explain';
import { type EventLog, openLog, standardError, standardOutput } from '../log/event-log';
import { silentLog } from '../log/silent-log';
import type { Invocation } from './program';
import { version } from '../version';
import { startedInTerminal, terminalClosed } from '../io/terminal';

/** What ended a run: the result of the command, or an error. One that nobody caught is an internal error, whatever its code. */
type Outcome = { readonly exit: ExitName } | { readonly error: unknown; readonly uncaught?: true };

/** ms that the log may take to write what is pending. */
const LOG_DEADLINE = 2000;
/** The same after a second signal. */
const HURRIED_LOG_DEADLINE = 300;

/** The result of a run. */
export interface RunResult {
  readonly exit: ExitName;
  /** The message for standard error; empty on success. */
  readonly words: string;
}

function openLogOf({ entry }: Invocation, settings: Settings): EventLog {
  if (entry.log === 'none') return silentLog;
  return openLog({ command: entry.name, settings, stream: entry.log === 'product' ? standardOutput : standardError });
}

/** How a command learns that it has to stop. */
interface StopSignals {
  /** Aborted by the first SIGINT or SIGTERM, or by a SIGHUP that ends the run. The reason is the signal's name. */
  readonly stop: AbortSignal;
  /** Aborted by the second. Its listeners can still write to the log. */
  readonly force: AbortSignal;
  /** Called at each SIGHUP that reopens the log. */
  readonly reload: Set<() => void>;
}

/**
 * Whether SIGHUP ends the run. It ends a server only if its terminal was closed, because logrotate sends SIGHUP, too. It ends any
 * other command that was started in a terminal. Under nohup no standard descriptor is a terminal.
 */
function endsByHangUp(stopAction: StopAction): boolean {
  return stopAction === 'drain' ? terminalClosed() : startedInTerminal();
}

/** What a command does when it has to stop: a server drains, any other command stops. */
type StopAction = 'drain' | 'stop';

/** Handles signals and uncaught errors. `end` is called when one of them ends the run at once. */
function watchProcess(log: EventLog, stopAction: StopAction, end: (outcome: Outcome) => void): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  const reload = new Set<() => void>();
  const onStop = (signal: StopSignal): void => {
    log.event('signal_received', { signal, action: stop.signal.aborted ? 'exit' : stopAction });
    if (!stop.signal.aborted) {
      stop.abort(signal);
      return;
    }
    force.abort(signal);
    end({ exit: signal === 'SIGINT' ? 'interrupted' : 'tempFail' });
  };
  process.on('SIGINT', onStop);
  process.on('SIGTERM', onStop);
  process.on('SIGHUP', () => {
    const isEnd = endsByHangUp(stopAction);
    if (isEnd && !stop.signal.aborted) onStop('SIGHUP');
    if (isEnd) return; // closing a terminal may send several
    log.event('signal_received', { signal: 'SIGHUP', action: 'reopen' });
    log.reopen();
    for (const listener of reload) listener();
  });
  process.on('uncaughtException', (error) => end({ error, uncaught: true })); // unhandled rejections, too
  process.on('beforeExit', () => end({ error: new Error('the command ended without a result'), uncaught: true }));
  return { stop: stop.signal, force: force.signal, reload };
}

/** Standard output as a command prints to it. */
interface Output {
  /** The error that its reader has left. */
  gone?: unknown;
}

/** Handles errors of standard output. That its reader has left, like `head`, is not a failure; any other error ends the run. */
function watchOutput(end: (outcome: Outcome) => void): Output {
  const output: Output = {};
  process.stderr.on('error', () => undefined); // there is no other place to report it
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || terminalClosed()) output.gone = error;
    else end({ error: Object.assign(error, { path: 'standard output', syscall: 'write' }) });
  });
  return output;
}

/** Resolves when all output of the command is written, or cannot be. */
async function outputWritten(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

/** The exit of a run, and the error to report. To be ended by a signal, or by a reader that has left, is not an error. */
function exitOf(
  { stopIsEnd }: CommandEntry,
  outcome: Outcome,
  stop: AbortSignal,
  output: Output,
): { exit: ExitName; failure?: unknown } {
  const signal = stopSignal(stop);
  if ('exit' in outcome) {
    const isStopped = outcome.exit === 'ok' && signal !== undefined && signal !== 'SIGTERM' && !stopIsEnd;
    return { exit: isStopped ? stopSignals[signal] : outcome.exit };
  }
  const { error, uncaught = false } = outcome;
  if (error === output.gone && output.gone !== undefined) return { exit: signal ? stopSignals[signal] : 'ok' };
  if (signal && error instanceof Error && error.name === 'AbortError') return { exit: stopSignals[signal] };
  return { exit: uncaught ? 'software' : exitFor(error), failure: error };
}

/** The fields of the `fatal` event, with the stack of an internal error. */
function fatalFields(exit: ExitName, error: unknown): object {
  const code = errorCode(error);
  const stack = exit === 'software' && error instanceof Error ? error.stack : undefined;
  return { message: explain(error), code, errno: errnoOf(code), stack };
}

/** The message for the person at the terminal, with the stack of an internal error if `detailed`. */
function wordsFor({ name }: CommandEntry, exit: ExitName, failure: unknown, detailed: boolean): string {
  const stack = exit === 'software' && detailed && failure instanceof Error ? `\n${failure.stack ?? ''}` : '';
  return `trustctl ${name}: ${explain(failure)}${stack}`;
}

/**
 * Runs a command: loads its settings, opens its log, handles signals, and determines the exit.
 * @throws {SettingsError} before anything is started
 */
export async function run(invocation: Invocation): Promise<RunResult> {
  const started = performance.now();
  const { entry, args, options } = invocation;
  const { settings, origins, files } = loadSettings({
    ...invocation,
    environment: process.env,
    takesTarget: entry.takesTarget ?? false,
  });
  const log = openLogOf(invocation, settings);

  let end: (outcome: Outcome) => void = () => undefined;
  const ended = new Promise<Outcome>((resolve) => (end = resolve));
  const { stop, force, reload } = watchProcess(log, entry.log === 'product' ? 'drain' : 'stop', end);
  const printsProduct = entry.log !== 'product'; // a server prints nothing but its log
  const output = printsProduct ? watchOutput(end) : {};

  log.event('cmd_start', { version: version(), pid: process.pid, config_files: files });
  const work = async (): Promise<Outcome> => {
    try {
      const { run: command } = await entry.load();
      const onReload = (listener: () => void): void => void reload.add(listener);
      const exit = await command({ settings, origins, options, args, log, stop, force, onReload });
      if (printsProduct) await outputWritten();
      return { exit };
    } catch (error) {
      return { error };
    }
  };
  const { exit, failure } = exitOf(entry, await Promise.race([work(), ended]), stop, output);

  if (failure !== undefined) log.event('fatal', fatalFields(exit, failure));
  log.event('cmd_finish', { exit: exits[exit].code, duration_ms: Math.round(performance.now() - started) });
  await log.close(force.aborted ? HURRIED_LOG_DEADLINE : LOG_DEADLINE);
  return { exit, words: failure === undefined ? '' : wordsFor(entry, exit, failure, log.debugEnabled) };
}
