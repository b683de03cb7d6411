import {
  allCases,
  type CheckCase,
  DeadlinePassed,
  endedEarlyBy,
  runChecks,
  selectCases,
  servesConcurrently,
  type Target,
  type Verdict,
} from '../check';
import { checkProgress } from '../check/check-progress';
import { jsonList, jsonReport } from '../check/report/json';
import { junitReport } from '../check/report/junit';
import { colored, plain, textList, textReport } from '../check/report/text';
import { ServerCommand } from '../check/server-command';
import { type Totals, isGood, isUnfinished, totalsOf } from '../check/totals';
import type { Command, CommandContext } from './command';
import { readClientTls } from './tls-files';
import { clientTls } from '../client/tls-options';
import { countDescriptors } from '../proc/descriptors';
import type { ExitName } from '../errors/exits';
import { stopSignals } from '../errors/stop-signals';
import { RunError } from '../errors/run-error';
import { outputFile } from '../io/output-file';
import { showsColors } from '../io/terminal';

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
  readonly deadline?: number;
}

/** Bytes: below this there is no room for the payloads that the cases send. */
const SMALLEST_LIMIT = 32;

/** Seconds: the cases pause for half a second, and a machine may be busy. */
const SHORTEST_PROMISE = 1;

function checkPromise(flag: string, seconds: number | undefined): void {
  if (seconds === undefined || seconds === 0 || seconds >= SHORTEST_PROMISE) return;
  const least = `a server is checked that gives its clients ${SHORTEST_PROMISE} s at least`;
  throw new RunError('usage', `${flag} ${seconds}: ${least}, as the cases pause for up to half a second themselves`);
}

/** What the server promises, as far as the user told; what is 0 is off, and so promised by nobody. */
function targetOf({ settings, origins }: CommandContext, options: Options): Target {
  const tls = readClientTls(settings.tls, origins);
  const { host, port, timeout, maxPayload, sendProxy } = settings.echo;
  const told = (origins.get('echo.maxPayload')?.source ?? 'default') !== 'default';
  if (told && maxPayload < SMALLEST_LIMIT)
    throw new RunError(
      'usage',
      `--max-payload ${maxPayload}: the cases send payloads of up to ${SMALLEST_LIMIT} bytes at least`,
    );
  const { serverTimeout, serverFrameTimeout, serverPid } = options;
  checkPromise('--server-timeout', serverTimeout);
  checkPromise('--server-frame-timeout', serverFrameTimeout);
  if (serverPid !== undefined) countDescriptors(serverPid); // tells at once where it cannot
  return {
    host,
    port,
    sendProxy,
    ...(tls && { tls: clientTls(tls, 'tls') }),
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
  return [{ serverPid: () => server.pid, ...target, restart: () => server.restart() }, server];
}

/** What is not done when the run has to end gives nothing. */
async function untilEnd<T>(work: Promise<T>, end: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined); // it may lose the race, and fail then
  const ended = new Promise<undefined>((resolve) => {
    if (end.aborted) resolve(undefined);
    end.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([work, ended]);
}

/** Aborted when the run has to end: by a signal, or by its deadline. */
function endOf(
  { stop }: CommandContext,
  deadline: number | undefined,
): { readonly end: AbortSignal; readonly clear: () => void } {
  if (!deadline) return { end: stop, clear: () => undefined };
  const passed = new AbortController();
  const timer = setTimeout(() => passed.abort(new DeadlinePassed(deadline)), deadline * 1000);
  return { end: AbortSignal.any([stop, passed.signal]), clear: () => clearTimeout(timer) };
}

async function check(cases: readonly CheckCase[], target: Target, end: AbortSignal): Promise<Verdict[]> {
  const concurrent = (await untilEnd(servesConcurrently(target), end)) ?? false;
  const progress = checkProgress(process.stderr, cases.length, target);
  try {
    const { began: onBegin, ended: onEnd } = progress;
    return await runChecks(cases, { ...target, concurrent }, { stop: end, onBegin, onEnd });
  } finally {
    progress.clear();
  }
}

/** How a run ends: one that was ended early never as if all were well. */
function exitOf(end: AbortSignal, verdicts: readonly Verdict[], totals: Totals): ExitName {
  const early = endedEarlyBy(end);
  if (early !== undefined && early !== 'deadline') return stopSignals[early];
  if (!isGood(totals)) return 'failed';
  return isUnfinished(verdicts) ? 'tempFail' : 'ok';
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
  const { end, clear } = endOf(context, options.deadline);
  const started = performance.now();
  // Where the run ends while the server starts, the server is ended with this process.
  const [target = given, server] = (await untilEnd(withServer(given, options.serverCommand), end)) ?? [];
  try {
    const verdicts = await check(cases, target, end);
    const seconds = (performance.now() - started) / 1000;
    print(
      json ? jsonReport(verdicts, strict) : textReport(verdicts, strict, seconds, showsColors(1) ? colored : plain),
    );
    junit?.write(junitReport(verdicts, strict, seconds));
    const totals = totalsOf(verdicts, strict);
    context.log.event('check_finish', { ...totals, interrupted: isUnfinished(verdicts) });
    return exitOf(end, verdicts, totals);
  } finally {
    clear();
    await server?.stop();
  }
};
