import { DeadlinePassed, type Rule, selectCases, type Verdict } from '../check';
import { type CheckProgress, checkProgress } from '../check/check-progress';
import { checkPassed, makeCheckReport } from '../check/report/check-report';
import { jsonList, jsonReport } from '../check/report/json';
import { junitReport } from '../check/report/junit';
import { colored, plain, textList, textReport } from '../check/report/text';
import type { ExitName } from '../errors/exits';
import { outputFile } from '../io/output-file';
import { showsColors } from '../io/terminal';
import type { CommandContext } from './command';
import { testExit } from './test-exit';

/** The switches that servers and clients are checked with, as `lib/commands/index.ts` describes them. */
interface CheckRunOptions {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly strict?: boolean;
  readonly junit?: string;
  readonly deadline?: number;
}

/** A server or a client that is checked. */
export interface CheckRole<Case extends Rule> {
  readonly cases: readonly Case[];
  /** Runs cases until `end` is aborted. */
  readonly check: (cases: readonly Case[], end: AbortSignal) => Promise<Verdict<Case>[]>;
  /** Called after the report. */
  readonly close?: () => Promise<void>;
}

interface ProgressOptions<Case extends Rule> {
  readonly end: AbortSignal;
  /** Seconds after which a case is named while it runs. */
  readonly slowAfter: (check: Case) => number;
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

/** Runs cases with their progress on standard error. */
export async function withProgress<Case extends Rule>(
  cases: readonly Case[],
  { end, slowAfter }: ProgressOptions<Case>,
  run: (progress: Pick<CheckProgress<Case>, 'onBegin' | 'onEnd'>) => Promise<Verdict<Case>[]>,
): Promise<Verdict<Case>[]> {
  const { onBegin, onEnd, stop } = await checkProgress(process.stderr, cases.length, slowAfter);
  // The line is erased before the log writes about a signal, or both would be erased.
  end.addEventListener('abort', stop, { once: true });
  try {
    return await run({ onBegin, onEnd });
  } finally {
    stop();
  }
}

/** Lists the cases that the arguments select, or runs them and reports. */
export async function checkRun<Case extends Rule>(
  context: CommandContext,
  { cases: all, check, close }: CheckRole<Case>,
): Promise<ExitName> {
  const { json = false, strict = false, list = false, junit: file, deadline } = context.options as CheckRunOptions;
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const cases = selectCases(all, context.args);
  if (list) {
    print(json ? jsonList(cases) : textList(cases));
    return 'ok';
  }

  const junit = file === undefined ? undefined : outputFile('--junit', file);
  const { end, clear } = endOf(context, deadline);
  const started = performance.now();
  try {
    const verdicts = await check(cases, end);
    const seconds = (performance.now() - started) / 1000;
    const report = makeCheckReport(verdicts, { strict, seconds });
    print(json ? jsonReport(report) : textReport(report, showsColors(1) ? colored : plain));
    junit?.write(junitReport(report));
    context.log.event('check_finish', { ...report.totals, interrupted: report.interrupted });
    return testExit(context.stop, checkPassed(report), !report.interrupted);
  } finally {
    clear();
    await close?.();
  }
}
