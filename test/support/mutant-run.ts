import { resolve } from 'node:path';
import { type CheckCase, runChecks, type Target, type Verdict } from '../../lib/check';
import { runCheck } from '../../lib/check/run-case';
import { inPacedOrder } from '../../lib/check/lanes';
import { ServerCommand } from '../../lib/check/server-command';
import type { Mutant } from '../fixtures/mutants';
import { ReferenceServer } from '../fixtures/reference-server';
import { processClock } from './process-clock';
import { freePort } from './free-port';

const FIXTURES = resolve(__dirname, '../fixtures');
/** Seconds: what mutants promise of the clock that a case waits for, and of any other. */
const SHORT = { serverTimeout: 1, serverFrameTimeout: 2.2 };
const LONG = { idleTimeout: 30, frameTimeout: 60 };
const LARGEST = 65536;

/** Runs cases against a server that `command` starts, `{port}` replaced, and that is stopped in the end. */
export async function runAgainstCommand(
  command: string,
  checks: readonly CheckCase[],
  promises: Omit<Target, 'host' | 'port'>,
): Promise<Verdict[]> {
  const target = { host: '127.0.0.1', port: await freePort() };
  const server = await ServerCommand.start(command, target.host, target.port);
  try {
    const restart = (): Promise<void> => server.restart();
    return await runChecks(checks, { ...target, ...promises, serverPid: () => server.pid, restart });
  } finally {
    await server.stop();
  }
}

/** The command line of the reference server, or of a mutant of it, in a process of its own. */
export function processOf(name: string, promises: { serverTimeout: number; serverFrameTimeout: number }): string {
  const server = `${process.execPath} -r ts-node/register/transpile-only ${FIXTURES}/serve-mutant.ts`;
  return `${server} ${name} {port} ${promises.serverTimeout} ${promises.serverFrameTimeout}`;
}

/** One case against a mutant of its own, in this process. A case that needs a process is skipped. */
async function runInProcess({ change }: Mutant, check: CheckCase, patience: number): Promise<Verdict> {
  const behaviour = {
    idleTimeout: check.needs?.includes('serverTimeout') ? SHORT.serverTimeout : LONG.idleTimeout,
    frameTimeout: check.needs?.includes('serverFrameTimeout') ? SHORT.serverFrameTimeout : LONG.frameTimeout,
    ...change,
  };
  const server = await ReferenceServer.start(behaviour, 0, processClock);
  const target = { host: '127.0.0.1', port: server.port, maxPayload: LARGEST, patience, ...SHORT };
  try {
    return await runCheck(check, target, { clock: processClock });
  } finally {
    server.end();
  }
}

/**
 * Runs cases against a mutant, each against a fresh one, so that what one case does to it is not seen by another.
 * @param patience seconds that a case waits for an answer
 */
export async function runMutant(mutant: Mutant, checks: readonly CheckCase[], patience: number): Promise<Verdict[]> {
  if (mutant.process === undefined) {
    const verdicts: Verdict[] = [];
    await inPacedOrder(checks, true, async (check) => void verdicts.push(await runInProcess(mutant, check, patience)));
    return verdicts;
  }
  const promises = { serverTimeout: 2, serverFrameTimeout: 5 };
  const python = `python3 ${FIXTURES}/${mutant.name}.py {port} ${promises.serverTimeout} ${promises.serverFrameTimeout}`;
  const command = mutant.process === 'python3' ? python : processOf(mutant.name, promises);
  return runAgainstCommand(command, checks, { maxPayload: LARGEST, patience, ...promises });
}
