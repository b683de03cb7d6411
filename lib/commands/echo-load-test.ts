import type { FrameClientError } from '../client/client-error';
import { asRunError } from './client-exits';
import type { CommandContext } from './command';
import { readClientTls } from './tls-files';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { type Baseline, readBaseline } from '../load/report/comparison';
import { parseExpectation } from '../load/report/expectation';
import { LeakCheck } from '../load/measure/leak-check';
import { pageReport } from '../load/report/page-report';
import { makePlan } from '../load/plan';
import { loadProgress } from '../load/report/load-progress';
import { type LoadReport, makeReport, problemsOf } from '../load/report/load-report';
import { runLoad } from '../load/load-run';
import { loadTextReport } from '../load/report/text-report';
import { ConnectError } from '../net/connect-error';
import { TlsConnectError } from '../net/tls-connect-error';
import { outputFile } from '../io/output-file';
import { connectFailure } from '../net/connect-failure';
import { version } from '../version';
import { testExit } from './test-exit';

interface Options {
  readonly json?: true;
  readonly serverPid?: number;
  readonly progress?: true;
  readonly report?: string;
  readonly compare?: string;
  readonly expect?: readonly string[];
  readonly perClient?: true;
}

/** Runs a load test and prints its report. */
export async function run({ settings, origins, options, log, stop }: CommandContext<Options>): Promise<ExitName> {
  // Every usage error is found before the first connection.
  const plan = makePlan(settings, origins, readClientTls(settings.tls, origins));
  const expectations = (options.expect ?? []).map(parseExpectation);
  const baseline: Baseline | undefined = options.compare === undefined ? undefined : readBaseline(options.compare);
  const page = options.report === undefined ? undefined : outputFile('--report', options.report);
  const leaks = options.serverPid === undefined ? undefined : new LeakCheck(options.serverPid);

  const progress = await loadProgress(process.stderr, options.progress ?? false);
  // The progress line is erased before the log writes about the signal, or both would be erased.
  stop.addEventListener('abort', () => progress.stop(), { once: true });
  const started = new Date();
  const outcome = await runLoad(plan, stop, (running) => progress.start(running)).finally(() => progress.stop());
  if (outcome.unreachable !== undefined) throw asUnavailable(outcome.unreachable);
  const fds = leaks ? await leaks.finish() : null;

  const measured = makeReport(outcome, { version: version(), started, fds });
  const report: LoadReport = {
    ...measured,
    expectations: expectations.map((holds) => holds(measured, outcome.measurement)),
  };
  log.event('load_finish', {
    clients: report.clients,
    messages: report.messages.sent,
    ok: report.messages.ok,
    failed: report.messages.failed,
    rate_per_s: report.rate_per_s,
    p99_ms: report.rtt_ms.p99,
    errors: report.errors,
  });
  const { json, perClient } = options;
  process.stdout.write(
    json ? `${JSON.stringify(report)}\n` : loadTextReport(report, outcome.clients, { baseline, perClient }),
  );
  page?.write(pageReport(report, baseline));
  return testExit(stop, problemsOf(report).length === 0);
}

/** No client connected, so nothing was measured: the cause is the error. */
function asUnavailable(fault: FrameClientError): unknown {
  const { cause, message } = fault;
  if (cause instanceof TlsConnectError) return asRunError(fault);
  const failure = cause instanceof ConnectError ? connectFailure(cause) : new RunError('unavailable', message);
  return failure.exit === 'tempFail' ? new RunError('unavailable', failure.message, failure.code) : failure;
}
