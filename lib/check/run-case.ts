import { type CheckCase, type Need, needs } from './case';
import type { Failure, Verdict } from './verdict';
import type { Target } from './target';
import { errorCode } from '../errors/error-code';
import { ConnectError } from '../net/connect-error';
import { TlsConnectError } from '../net/tls-connect-error';
import { unfinishedReason } from './ended-early';
import { DEFAULT_PATIENCE, Exchange } from './exchange';
import { likelyBug } from './likely-bugs';
import { overTls } from './over-tls';
import { Inconclusive, Mismatch } from './mismatch';
import { isConnectionError } from './probe';

/** How often a case is tried whose pace this machine could not keep. */
const TRIES = 3;

/** The first thing that the case needs and the target does not tell. */
function missing({ needs: list = [] }: CheckCase, target: Target): Need | undefined {
  return list.find((need) => (need === 'concurrent' ? target.concurrent === false : target[need] === undefined));
}

/**
 * Seconds after which a case is over whatever the server does: more than any case takes whose every wait runs out, so
 * only a server that keeps babbling meets it.
 */
function limitFor({ patience = DEFAULT_PATIENCE, serverTimeout = 0, serverFrameTimeout = 0 }: Target): number {
  return 30 + 10 * patience + 6 * (serverTimeout + serverFrameTimeout);
}

/** What an error that a case threw says about the server; undefined where the error is a fault of the checker. */
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
      likely: 'the server is gone or accepts no more: it may have ended in this case or in one that ran beside it',
    };
  if (error instanceof TlsConnectError)
    return {
      got: `no TLS: it ${error.problem}`,
      likely: 'the handshake fails, or waits behind other clients',
    };
  return undefined;
}

async function attempt(check: CheckCase, target: Target, stop?: AbortSignal): Promise<void> {
  const exchange = new Exchange(target);
  const limit = limitFor(target);
  let over: () => void = () => undefined;
  try {
    const running = check.run(exchange);
    running.catch(() => undefined); // it loses the race where its time is up
    await Promise.race([
      running,
      new Promise<never>((_, reject) => {
        const timer = setTimeout(() => reject(new Mismatch(`no end within ${limit} s`)), limit * 1000);
        const interrupt = (): void => reject(new Inconclusive('interrupted'));
        stop?.addEventListener('abort', interrupt);
        over = (): void => {
          clearTimeout(timer);
          stop?.removeEventListener('abort', interrupt);
        };
      }),
    ]);
  } finally {
    over();
    exchange.end();
  }
}

/**
 * Runs one case against a server: always a verdict, whatever the server does. What the case needs and `target` does not
 * tell makes it skipped; so does a machine that is too busy to keep the pace that the case needs, after three tries.
 * @throws what is a fault of the checker or of its arguments, such as a process that does not exist
 */
export async function runCheck(check: CheckCase, target: Target, stop?: AbortSignal): Promise<Verdict> {
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
      await attempt(check, target, stop);
      return verdict({ status: 'passed' });
    } catch (error) {
      if (error instanceof Inconclusive || (error instanceof ConnectError && error.isOurs)) {
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
