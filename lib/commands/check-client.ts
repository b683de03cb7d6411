import {
  assertStarts,
  type ClientCase,
  clientCases,
  clientCommand,
  DEFAULT_CLIENT_TIMEOUT,
  runClientChecks,
  untilAborted,
} from '../check';
import { RunError } from '../errors/run-error';
import { type CheckRole, withProgress } from './check-run';
import type { CommandContext } from './command';

/** The switches that are about a client, as `lib/commands/index.ts` describes them. */
export interface ClientCheckOptions {
  readonly clientCommand?: string;
  readonly clientTimeout?: number;
}

/** Seconds: replies are up to a second late. */
const SHORTEST_TIMEOUT = 2;

/** Seconds that a client may take to start on a busy machine, before its case is named as slow. */
const START = 2;

/** The switches that are about a server. */
const ofServers = {
  via: '--via',
  serverCommand: '--server-command',
  serverPid: '--server-pid',
  serverTimeout: '--server-timeout',
  serverFrameTimeout: '--server-frame-timeout',
} as const;
/** The settings that are about a server. */
const settingsOfServers = /^(echo\.(host|port|timeout|sendProxy)|tls\..+)$/;

/** @throws {RunError} `usage` for a flag that would do nothing */
function refuseFlagsOfServers({ options, origins }: CommandContext): void {
  const switches = Object.entries(ofServers).flatMap(([name, flag]) => (options[name] === undefined ? [] : [flag]));
  const settings = [...origins]
    .filter(([path, { source }]) => source === 'flag' && settingsOfServers.test(path))
    .map(([, { origin }]) => origin);
  const [flag] = [...switches, ...settings];
  if (flag !== undefined)
    throw new RunError('usage', `${flag} is about a server, and --client-command checks a client: remove one`);
}

/** The client that `command` starts. */
export function clientRole(
  context: CommandContext,
  { clientTimeout: timeout = DEFAULT_CLIENT_TIMEOUT }: ClientCheckOptions,
  command: string,
): CheckRole<ClientCase> {
  refuseFlagsOfServers(context);
  if (timeout < SHORTEST_TIMEOUT)
    throw new RunError(
      'usage',
      `--client-timeout ${timeout}: must be at least ${SHORTEST_TIMEOUT} s, as replies are up to a second late`,
    );
  const slowAfter = ({ answers }: ClientCase): number => answers.length * (timeout + START);
  const target = { start: clientCommand(command), timeout, maxPayload: context.settings.echo.maxPayload };
  return {
    cases: clientCases,
    async check(cases, end) {
      await untilAborted(assertStarts(target, end), end);
      return withProgress(cases, { end, slowAfter }, (progress) =>
        runClientChecks(cases, target, { stop: end, ...progress }),
      );
    },
  };
}
