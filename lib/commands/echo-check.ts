import {
  allCases,
  type CheckCase,
  DeadlinePassed,
  runChecks,
  selectCases,
  servesConcurrently,
  type Target,
  untilAborted,
  type Verdict,
} from '../check';
import { checkProgress } from '../check/check-progress';
import { blamePath } from '../check/path-aspects';
import { checkPassed, makeCheckReport } from '../check/report/check-report';
import { jsonList, jsonReport } from '../check/report/json';
import { junitReport } from '../check/report/junit';
import { colored, plain, textList, textReport } from '../check/report/text';
import { ServerCommand } from '../check/server-command';
import type { Command, CommandContext } from './command';
import { readClientTls } from './tls-files';
import { clientTls } from '../client/tls-options';
import { countDescriptors } from '../proc/descriptors';
import { RunError } from '../errors/run-error';
import { outputFile } from '../io/output-file';
import { showsColors } from '../io/terminal';
import { testExit } from './test-exit';

/** The command's switches, as `lib/commands/index.ts` describes them. */
interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly strict?: boolean;
  readonly junit?: string;
  readonly via?: string;
  readonly serverTimeout?: number;
  readonly serverFrameTimeout?: number;
  readonly serverPid?: number;
  readonly serverCommand?: string;
  readonly deadline?: number;
}

/** Bytes: the cases send payloads of this size. */
const SMALLEST_LIMIT = 32;

/** Seconds: the cases themselves pause for up to half a second. */
const SHORTEST_PROMISE = 1;

function checkPromise(flag: string, seconds: number | undefined): void {
  if (seconds === undefined || seconds === 0 || seconds >= SHORTEST_PROMISE) return;
  throw new RunError(
    'usage',
    `${flag} ${seconds}: must be at least ${SHORTEST_PROMISE} s, as the cases pause for up to half a second`,
  );
}

/** The server and what it promises. A timeout of 0 is off, and no promise. */
function targetOf({ settings, origins }: CommandContext, options: Options): Target {
  const tls = readClientTls(settings.tls, origins);
  const { host, port, timeout, maxPayload, sendProxy } = settings.echo;
  const told = (origins.get('echo.maxPayload')?.source ?? 'default') !== 'default';
  if (told && maxPayload < SMALLEST_LIMIT)
    throw new RunError(
      'usage',
      `--max-payload ${maxPayload}: must be at least ${SMALLEST_LIMIT}, as the cases send payloads of that size`,
    );
  const { serverTimeout, serverFrameTimeout, serverPid } = options;
  checkPromise('--server-timeout', serverTimeout);
  checkPromise('--server-frame-timeout', serverFrameTimeout);
  if (serverPid !== undefined) countDescriptors(serverPid); // fails now, and not in the middle of the run
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

/** Starts the server if there is a command for it. */
async function withServer(target: Target, command: string | undefined): Promise<[Target, ServerCommand | undefined]> {
  if (command === undefined) return [target, undefined];
  const server = await ServerCommand.start(command, target.host, target.port);
  return [{ serverPid: () => server.pid, ...target, restart: () => server.restart() }, server];
}

/** A signal that is aborted when the run has to end: by a stop signal, or by its deadline. */
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
  const concurrent = (await untilAborted(servesConcurrently(target), end)) ?? false;
  const { onBegin, onEnd, stop } = await checkProgress(process.stderr, cases.length, target);
  // The line is erased before the log writes about a signal, or both would be erased.
  end.addEventListener('abort', stop, { once: true });
  try {
    return await runChecks(cases, { ...target, concurrent }, { stop: end, onBegin, onEnd });
  } finally {
    stop();
  }
}

/** Checks the server at `echo.host`, `echo.port` with the cases that the arguments select. */
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
  // A server that is still starting when the run ends is ended with this process.
  const [target = given, server] = (await untilAborted(withServer(given, options.serverCommand), end)) ?? [];
  try {
    const seen = await check(cases, target, end);
    const verdicts = options.via === undefined ? seen : blamePath(seen, options.via);
    const seconds = (performance.now() - started) / 1000;
    const report = makeCheckReport(verdicts, { strict, seconds });
    print(json ? jsonReport(report) : textReport(report, showsColors(1) ? colored : plain));
    junit?.write(junitReport(report));
    context.log.event('check_finish', { ...report.totals, interrupted: report.interrupted });
    return testExit(context.stop, checkPassed(report), !report.interrupted);
  } finally {
    clear();
    await server?.stop();
  }
};
