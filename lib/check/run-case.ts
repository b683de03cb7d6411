import { errorCode } from '../errors/error-code';
import { ConnectError } from '../net/connect-error';
import { TlsConnectError } from '../net/tls-connect-error';
import { unfinishedReason, untilAborted } from './abort';
import { type CheckCase, type Need, needs } from './case';
import type { Clock } from './clock';
import { DEFAULT_PATIENCE, Exchange } from './exchange';
import { likelyBug } from './likely-bugs';
import { overTls } from './over-tls';
import { Inconclusive, Mismatch } from './mismatch';
import { isConnectionError } from './probe';
import type { Target } from './target';
import type { Failure, Verdict } from './verdict';

/** How often a case is run that was inconclusive. */
const TRIES = 3;

export interface CaseOptions {
  /** Aborted to end the run: cases without a verdict are skipped. */
  readonly stop?: AbortSignal | undefined;
  /** Default: the real time. */
  readonly clock?: Clock | undefined;
}

/** The first thing that the case needs and the target lacks. */
function missing({ needs: list = [] }: CheckCase, target: Target): Need | undefined {
  return list.find((need) => (need === 'concurrent' ? target.concurrent === false : target[need] === undefined));
}

/** Seconds that a case may take: more than the sum of its waits, so that only a server that sends without end reaches the limit. */
function limitFor({ patience = DEFAULT_PATIENCE, serverTimeout = 0, serverFrameTimeout = 0 }: Target): number {
  return 30 + 10 * patience + 6 * (serverTimeout + serverFrameTimeout);
}

/** What an error in a case says about the server; undefined for an internal error. */
function failureFrom(error: unknown, { likely }: CheckCase): Failure | undefined {
  if (error instanceof Mismatch)
    return {
      got: error.got,
      likely: error.likely ?? (error.bytes && likelyBug(error.bytes)) ?? likely,
      ...(error.bytes && { bytes: error.bytes }),
    };
  if (!(error instanceof TlsConnectError) && (error instanceof ConnectError || isConnectionError(error)))
    return {
      got: `no connection (${errorCode(error) ?? error.message})`,
      likely: 'the server has ended or accepts no more clients, because of this case or one that ran beside it',
    };
  if (error instanceof TlsConnectError)
    return {
      got: `no TLS: it ${error.problem}`,
      likely: 'the handshake fails, or waits behind other clients',
    };
  return undefined;
}

async function attempt(check: CheckCase, target: Target, { stop, clock }: CaseOptions): Promise<void> {
  const exchange = new Exchange(target, clock);
  const limit = limitFor(target);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limit * 1000);
  const end = stop ? AbortSignal.any([stop, late.signal]) : late.signal;
  try {
    const done = await untilAborted(
      check.run(exchange).then(() => true),
      end,
    );
    if (done) return;
    throw stop?.aborted ? new Inconclusive('interrupted') : new Mismatch(`no end within ${limit} s`);
  } finally {
    clearTimeout(timer);
    exchange.end();
  }
}

/**
 * Runs one case against a server. Whatever the server does, there is a verdict. A case is skipped if `target` lacks what it needs, or if it
 * was inconclusive three times.
 * @throws for internal errors and wrong arguments, such as a process that does not exist
 */
export async function runCheck(check: CheckCase, target: Target, options: CaseOptions = {}): Promise<Verdict> {
  const { stop } = options;
  const started = performance.now();
  const verdict = (rest: Pick<Verdict, 'status' | 'reason' | 'failure' | 'unfinished'>): Verdict => ({
    case: check,
    durationMs: Math.round(performance.now() - started),
    ...rest,
  });
  const unfinished = (by: AbortSignal, begun: boolean): Verdict =>
    verdict({ status: 'skipped', reason: unfinishedReason(by, begun), unfinished: true });
  const need = missing(check, target);
  if (need) return verdict({ status: 'skipped', reason: needs[need] });
  for (let left = TRIES; ; left--) {
    if (stop?.aborted) return unfinished(stop, left < TRIES);
    try {
      await attempt(check, target, options);
      return verdict({ status: 'passed' });
    } catch (error) {
      if (error instanceof Inconclusive || (error instanceof ConnectError && error.isLocal)) {
        if (stop?.aborted) return unfinished(stop, true);
        if (left > 1) continue;
        return verdict({ status: 'skipped', reason: error.message });
      }
      const failure = failureFrom(error, check);
      if (!failure) throw error;
      const different = target.tls && overTls(check);
      return verdict({ status: 'failed', failure: { ...failure, ...(different && { overTls: different }) } });
    }
  }
}
