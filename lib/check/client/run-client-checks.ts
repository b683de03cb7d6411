import { setMaxListeners } from 'node:events';
import { RunError } from '../../errors/run-error';
import { unfinishedReason } from '../abort';
import { type Clock, systemClock } from '../clock';
import { inLanes } from '../lanes';
import type { Verdict } from '../verdict';
import type { ClientCase } from './client-case';
import { withCommonCauses } from './client-causes';
import type { StartClient } from './client-command';
import { runClient } from './client-run';
import { judge, type Judgement } from './judge';

/** Seconds in which a client must end, unless told otherwise. */
export const DEFAULT_CLIENT_TIMEOUT = 10;
/** Clients that run at the same time: each is a process, which takes time to start. */
const LANES = 4;
/** Exit codes of env(1) and the shell for a program that cannot be run, or is not there. */
const CANNOT_RUN = [126, 127];

/** The client to check. */
export interface ClientTarget {
  readonly start: StartClient;
  /** Seconds in which it must end, in every case. Default 10. */
  readonly timeout?: number | undefined;
  /** Bytes: the largest payload that it may send. */
  readonly maxPayload: number;
}

export interface ClientRunsOptions {
  /** Aborted to end the run: the client is killed, and cases without a verdict are skipped. */
  readonly stop?: AbortSignal | undefined;
  /** Default: the real time. */
  readonly clock?: Clock | undefined;
  readonly onBegin?: (check: ClientCase) => void;
  readonly onEnd?: (check: ClientCase) => void;
}

/** Runs one case: the client is started once for each answer, until one of them is judged `failed`. */
async function runClientCase(
  check: ClientCase,
  { start, timeout = DEFAULT_CLIENT_TIMEOUT, maxPayload }: ClientTarget,
  { stop, clock = systemClock }: Pick<ClientRunsOptions, 'stop' | 'clock'> = {},
): Promise<Verdict<ClientCase>> {
  const limits = { maxPayload, seconds: timeout };
  const started = performance.now();
  const verdict = (rest: Judgement & Pick<Verdict, 'unfinished'>): Verdict<ClientCase> => ({
    case: check,
    durationMs: Math.round(performance.now() - started),
    ...rest,
  });
  let skipped: Judgement | undefined;
  let passed: Judgement | undefined;
  for (const [index, answer] of check.answers.entries()) {
    if (stop?.aborted)
      return verdict({ status: 'skipped', reason: unfinishedReason(stop, index > 0), unfinished: true });
    const judgement = judge(check, await runClient(start, answer, { ...limits, clock, stop }), limits);
    if (stop?.aborted) return verdict({ status: 'skipped', reason: unfinishedReason(stop, true), unfinished: true });
    if (judgement.status === 'failed') return verdict(judgement);
    if (judgement.status === 'skipped') skipped = judgement;
    else passed = judgement;
  }
  return verdict(passed ?? skipped ?? { status: 'passed' });
}

/**
 * Checks that the client can be started at all. It is ended when it has connected.
 * @throws {RunError} `unavailable` if it cannot
 */
export async function assertStarts(
  { start, timeout = DEFAULT_CLIENT_TIMEOUT, maxPayload }: ClientTarget,
  end: AbortSignal,
): Promise<void> {
  const connected = new AbortController();
  const answer = async (): Promise<undefined> => {
    connected.abort();
    return Promise.resolve(undefined);
  };
  const stop = AbortSignal.any([end, connected.signal]);
  const run = await runClient(start, answer, { maxPayload, seconds: timeout, clock: systemClock, stop });
  if (connected.signal.aborted || !CANNOT_RUN.includes(run.end?.code ?? 0)) return;
  throw new RunError('unavailable', `--client-command: the client cannot be started${run.end?.lastWords ?? ''}`);
}

/**
 * Runs cases against a client, a few at a time, each with a server of its own.
 * @returns the verdicts, in the order of `cases`
 */
export async function runClientChecks(
  cases: readonly ClientCase[],
  target: ClientTarget,
  { stop, clock, onBegin, onEnd }: ClientRunsOptions = {},
): Promise<Verdict<ClientCase>[]> {
  if (stop) setMaxListeners(0, stop); // each running case adds one
  const verdicts = new Map<ClientCase, Verdict<ClientCase>>();
  // Those that wait for a client's timeout are the last of the report, and start first.
  await inLanes(cases.toReversed(), LANES, async (check) => {
    onBegin?.(check);
    verdicts.set(check, await runClientCase(check, target, { stop, clock }));
    onEnd?.(check);
  });
  return withCommonCauses(cases.flatMap((check) => verdicts.get(check) ?? []));
}
