import {
  allCases,
  type CheckCase,
  runChecks,
  selectCases,
  servesConcurrently,
  type Target,
  type Verdict,
} from '../check';
import { jsonList, jsonReport } from '../check/report/json';
import { junitReport } from '../check/report/junit';
import { colored, plain, textList, textReport } from '../check/report/text';
import { ServerCommand } from '../check/server-command';
import { isGood, isInterrupted, totalsOf } from '../check/totals';
import type { Command, CommandContext } from '../command';
import { countDescriptors } from '../descriptors';
import { RunError, stopSignal, stopSignals } from '../errors';
import { outputFile } from '../output-file';
import { canRedraw, showsColors } from '../terminal';

/** The command's switches, as `lib/commands/index.ts` describes them. */
interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly strict?: boolean;
  readonly junit?: string;
  readonly serverTimeout?: number;
  readonly serverFrameTimeout?: number;
  readonly serverPid?: number;
  readonly serverCommand?: string;
}

/** Bytes: below this there is no room for the payloads that the cases send. */
const SMALLEST_LIMIT = 32;

/** What the server promises, as far as the user told; what is 0 is off, and so promised by nobody. */
function targetOf({ settings, origins }: CommandContext, options: Options): Target {
  const { host, port, timeout, maxPayload } = settings.echo;
  const told = (origins.get('echo.maxPayload')?.source ?? 'default') !== 'default';
  if (told && maxPayload < SMALLEST_LIMIT)
    throw new RunError(
      'usage',
      `--max-payload ${maxPayload}: the cases send payloads of up to ${SMALLEST_LIMIT} bytes at least`,
    );
  const { serverTimeout, serverFrameTimeout, serverPid } = options;
  if (serverPid !== undefined) countDescriptors(serverPid); // tells at once where it cannot
  return {
    host,
    port,
    ...(timeout > 0 && { patience: timeout }),
    ...(told && { maxPayload }),
    ...(serverTimeout && { serverTimeout }),
    ...(serverFrameTimeout && { serverFrameTimeout }),
    ...(serverPid !== undefined && { serverPid }),
  };
}

/** The target with the server that the check starts itself, where it was told how to. */
async function withServer(target: Target, command: string | undefined): Promise<[Target, ServerCommand | undefined]> {
  if (command === undefined) return [target, undefined];
  const server = await ServerCommand.start(command, target.host, target.port);
  const { pid } = server;
  return [{ ...(pid !== undefined && { serverPid: pid }), ...target, restart: () => server.restart() }, server];
}

/** A line that counts the cases, on a terminal. */
function progressOf(total: number): { readonly tick: () => void; readonly clear: () => void } {
  if (!canRedraw(process.stderr)) return { tick: () => undefined, clear: () => undefined };
  let done = 0;
  const show = (n: number): void => void process.stderr.write(`\r${n} of ${total} cases`);
  show(done);
  return { tick: () => show(++done), clear: () => void process.stderr.write('\r\x1b[K') };
}

/** What is not done when the run is stopped gives nothing. */
async function untilStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([work, stopped]);
}

async function check(cases: readonly CheckCase[], target: Target, stop: AbortSignal): Promise<Verdict[]> {
  const concurrent = (await untilStopped(servesConcurrently(target), stop)) ?? false;
  const progress = progressOf(cases.length);
  try {
    return await runChecks(cases, { ...target, concurrent }, { stop, onVerdict: progress.tick });
  } finally {
    progress.clear();
  }
}

/** Checks the server at `echo.host`, `echo.port` against the cases that the arguments choose. */
export const run: Command = async (context) => {
  const options = context.options as Options;
  const { json = false, strict = false } = options;
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const cases = selectCases(allCases, context.args);
  if (options.list) {
    print(json ? jsonList(cases) : textList(cases));
    return 'ok';
  }

  const junit = options.junit === undefined ? undefined : outputFile('--junit', options.junit);
  const given = targetOf(context, options);
  const { stop } = context;
  const started = performance.now();
  // Where it is stopped while the server starts, the server is ended with this process.
  const [target = given, server] = (await untilStopped(withServer(given, options.serverCommand), stop)) ?? [];
  try {
    const verdicts = await check(cases, target, stop);
    const seconds = (performance.now() - started) / 1000;
    print(
      json ? jsonReport(verdicts, strict) : textReport(verdicts, strict, seconds, showsColors(1) ? colored : plain),
    );
    junit?.write(junitReport(verdicts, strict, seconds));
    const totals = totalsOf(verdicts, strict);
    const interrupted = isInterrupted(verdicts);
    context.log.event('check_finish', { ...totals, interrupted });
    const signal = stopSignal(stop);
    if (interrupted && signal) return stopSignals[signal];
    return isGood(totals) ? 'ok' : 'failed';
  } finally {
    await server?.stop();
  }
};
