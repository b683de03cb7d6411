import {
  allCases,
  type CheckCase,
  clientCases,
  runChecks,
  servesConcurrently,
  type Target,
  untilAborted,
} from '../check';
import { slowServerCase } from '../check/check-progress';
import { attributeToPath } from '../check/path-aspects';
import { ServerCommand } from '../check/server-command';
import { type CheckRole, checkRun, withProgress } from './check-run';
import { type ClientCheckOptions, clientRole } from './check-client';
import type { Command, CommandContext } from './command';
import { readClientTls } from './tls-files';
import { clientTls } from '../client/client-tls';
import { countDescriptors } from '../proc/descriptors';
import { RunError } from '../errors/run-error';

/** The switches that are about a server, as `lib/commands/index.ts` describes them. */
interface Options {
  readonly via?: string;
  readonly serverTimeout?: number;
  readonly serverFrameTimeout?: number;
  readonly serverPid?: number;
  readonly serverCommand?: string;
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
  const isGiven = (origins.get('echo.maxPayload')?.source ?? 'default') !== 'default';
  if (isGiven && maxPayload < SMALLEST_LIMIT)
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
    ...(isGiven && { maxPayload }),
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

function serverRole(context: CommandContext, options: Options): CheckRole<CheckCase> {
  let server: ServerCommand | undefined;
  return {
    cases: allCases,
    elsewhere: { cases: clientCases, advice: 'this is about clients: name yours with --client-command' },
    async check(cases, end) {
      const given = targetOf(context, options);
      // A server that is still starting when the run ends is ended with this process.
      const [target = given, started] = (await untilAborted(withServer(given, options.serverCommand), end)) ?? [];
      server = started;
      const concurrent = (await untilAborted(servesConcurrently(target), end)) ?? false;
      const slowAfter = (check: CheckCase): number => slowServerCase(check, target);
      const verdicts = await withProgress(cases, { end, slowAfter }, (progress) =>
        runChecks(cases, { ...target, concurrent }, { stop: end, ...progress }),
      );
      return options.via === undefined ? verdicts : attributeToPath(verdicts, options.via);
    },
    async close() {
      await server?.stop();
    },
  };
}

/** Checks the server at `echo.host`, `echo.port`, or a client, with the cases that the arguments select. */
export const run: Command = async (context) => {
  const options = context.options as Options & ClientCheckOptions;
  return options.clientCommand === undefined
    ? checkRun(context, serverRole(context, options))
    : checkRun(context, clientRole(context, options, options.clientCommand));
};
