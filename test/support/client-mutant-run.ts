import type { ClientCase, Verdict } from '../../lib/check';
import { runClientChecks } from '../../lib/check/client/run-client-checks';
import type { ClientMutant } from '../fixtures/clients/client-mutants';
import { referenceClient } from '../fixtures/clients/reference-client';
import { processClock } from './process-clock';

/** Seconds in which a client must end: more than one with a timeout needs, by the same clock. */
const TIMEOUT = 4;

/** Runs cases against a client in this process. */
export function runClientMutant(
  { change }: Pick<ClientMutant, 'change'>,
  checks: readonly ClientCase[],
): Promise<Verdict<ClientCase>[]> {
  const target = { start: referenceClient(change, processClock), timeout: TIMEOUT, maxPayload: 65536 };
  return runClientChecks(checks, target, { clock: processClock });
}
