import type { CommandEntry } from '../commands';
import { loadSettings } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { type ExitName, exits } from '../errors/exits';
import { type StopSignal, stopSignal, stopSignals } from '../errors/stop-signals';
import { errorCode, errnoOf } from '../errors/error-code';
import { exitFor } from '../errors/exit-for';
import { explain } from '../errors/explain';
import { type EventLog, openLog, silentLog, standardError, standardOutput } from '../log/event-log';
import type { Invocation } from './program';
import { version } from '../version';
import { startedInTerminal, terminalClosed } from '../io/terminal';

/** What ended a run: the command's word, or an error; one that nobody caught is a fault of ours whatever it says. */
type Outcome = { readonly exit: ExitName } | { readonly error: unknown; readonly uncaught?: true };

/** Milliseconds that the log may take to write what is pending. */
const LOG_DEADLINE = 2000;
/** The same after a second signal. */
const HURRIED_LOG_DEADLINE = 300;

/** How a run ended. */
export interface RunResult {
  readonly exit: ExitName;
  /** What the person at the terminal is told on standard error; empty where all is well. */
  readonly words: string;
}

function openLogOf({ entry }: Invocation, settings: Settings): EventLog {
  if (entry.log === 'none') return silentLog;
  return openLog({ command: entry.name, settings, stream: entry.log === 'product' ? standardOutput : standardError });
}

/** What signals and errors that nobody caught make of the run. */
interface Watch {
  /** Aborted by the first SIGINT or SIGTERM, or by SIGHUP where that ends the run; the reason is its name. */
  readonly stop: AbortSignal;
  /** Aborted by the second; what listens to it can still write to the log. */
  readonly force: AbortSignal;
  /** Called at each SIGHUP that reopens the log. */
  readonly reload: Set<() => void>;
}

/**
 * Whether a SIGHUP means that the terminal is gone: to a server only once it is, as logrotate sends the same signal; to any other
 * command in a terminal always. Under nohup no standard descriptor is a terminal.
 */
function endsByHangUp(stopAction: StopAction): boolean {
  return stopAction === 'drain' ? terminalClosed() : startedInTerminal();
}

/** What a stop is: a server serves what it has begun, other commands wind up. */
type StopAction = 'drain' | 'stop';

function watchProcess(log: EventLog, stopAction: StopAction, end: (outcome: Outcome) => void): Watch {
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
    if (isEnd) return; // closing a terminal may send more than one
    log.event('signal_received', { signal: 'SIGHUP', action: 'reopen' });
    log.reopen();
    for (const listener of reload) listener();
  });
  process.on('uncaughtException', (error) => end({ error, uncaught: true })); // a rejection that nobody handles comes here, too
  process.on('beforeExit', () =>
    end({ error: new Error('the command came to a halt without a result'), uncaught: true }),
  );
  return { stop: stop.signal, force: force.signal, reload };
}

/** Standard output as a command prints to it. */
interface Output {
  /** The error that told that its reader left. */
  gone?: unknown;
}

/** A reader that left, as `head` does, wants no more and is told nothing; any other failure of standard output ends the run. */
function watchOutput(end: (outcome: Outcome) => void): Output {
  const output: Output = {};
  process.stderr.on('error', () => undefined); // there is nobody left to tell
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || terminalClosed()) output.gone = error;
    else end({ error: Object.assign(error, { path: 'standard output', syscall: 'write' }) });
  });
  return output;
}

/** Resolves when what the command printed is out, or cannot be. */
async function outputWritten(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
}

/** The exit that an outcome leads to. A command that a signal or its reader ended early did what it was told to. */
function exitOf(outcome: Outcome, stop: AbortSignal, output: Output): { exit: ExitName; failure?: unknown } {
  const signal = stopSignal(stop);
  if ('exit' in outcome) {
    const isStopped = outcome.exit === 'ok' && signal !== undefined && signal !== 'SIGTERM';
    return { exit: isStopped ? stopSignals[signal] : outcome.exit };
  }
  const { error, uncaught = false } = outcome;
  if (error === output.gone && output.gone !== undefined) return { exit: signal ? stopSignals[signal] : 'ok' };
  if (signal && error instanceof Error && error.name === 'AbortError') return { exit: stopSignals[signal] };
  return { exit: uncaught ? 'software' : exitFor(error), failure: error };
}

/** What the `fatal` event tells; the stack of what is a fault of ours, so that it can be found. */
function fatalFields(exit: ExitName, error: unknown): object {
  const code = errorCode(error);
  const stack = exit === 'software' && error instanceof Error ? error.stack : undefined;
  return { message: explain(error), code, errno: errnoOf(code), stack };
}

/** The sentence for the person, and where a fault of ours came from for one who asked for details. */
function wordsFor({ name }: CommandEntry, exit: ExitName, failure: unknown, detailed: boolean): string {
  const stack = exit === 'software' && detailed && failure instanceof Error ? `\n${failure.stack ?? ''}` : '';
  return `trustctl ${name}: ${explain(failure)}${stack}`;
}

/**
 * Runs a command from its settings to its exit code: opens the log, listens to signals, tells what failed.
 * @throws {SettingsError} before anything was begun
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
  const printsProduct = entry.log !== 'product'; // the server's product is its log, which has its own way out
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
  const { exit, failure } = exitOf(await Promise.race([work(), ended]), stop, output);

  if (failure !== undefined) log.event('fatal', fatalFields(exit, failure));
  log.event('cmd_finish', { exit: exits[exit].code, duration_ms: Math.round(performance.now() - started) });
  await log.close(force.aborted ? HURRIED_LOG_DEADLINE : LOG_DEADLINE);
  return { exit, words: failure === undefined ? '' : wordsFor(entry, exit, failure, log.debugEnabled) };
}
