import type { ExitName } from '../errors/exits';
import { type OutputFile, outputFile } from '../io/output-file';
import type { EventLog } from '../log/event-log';
import { type Baseline, readBaseline } from '../load/report/comparison';
import { type Expectation, parseExpectation } from '../load/report/expectation';
import { judgeReport } from '../load/report/judge-report';
import { type LoadReport, problemsOf } from '../load/report/load-report';
import { pageReport } from '../load/report/page-report';
import type { ClientLine } from '../load/report/client-line';
import { loadTextReport } from '../load/report/text-report';
import { testExit } from './test-exit';

/** The flags by which the report of a load test is judged and printed. */
export interface OutputOptions {
  readonly json?: true;
  readonly report?: string;
  readonly compare?: string;
  readonly expect?: readonly string[];
  readonly perClient?: true;
}

/** What is done with the report of a load test. */
export class LoadOutput {
  readonly expectations: readonly Expectation[];
  private readonly baseline: Baseline | undefined;
  private readonly page: OutputFile | undefined;

  /** @throws {RunError} for a wrong expectation, and a file that cannot be read or written: before there is a report */
  constructor(private readonly options: OutputOptions) {
    this.expectations = (options.expect ?? []).map(parseExpectation);
    this.baseline = options.compare === undefined ? undefined : readBaseline(options.compare);
    this.page = options.report === undefined ? undefined : outputFile('--report', options.report);
  }

  /** Prints the report. */
  finish(measured: LoadReport, clients: readonly ClientLine[], log: EventLog, stop: AbortSignal): ExitName {
    const report = judgeReport(measured, this.expectations);
    log.event('load_finish', {
      clients: report.clients,
      messages: report.messages.sent,
      ok: report.messages.ok,
      failed: report.messages.failed,
      rate_per_s: report.rate_per_s,
      p99_ms: report.rtt_ms.p99,
      errors: report.errors,
    });
    const { baseline, page } = this;
    const { json, perClient } = this.options;
    process.stdout.write(
      json ? `${JSON.stringify(report)}\n` : loadTextReport(report, clients, { baseline, perClient }),
    );
    page?.write(pageReport(report, baseline));
    return testExit(stop, problemsOf(report).length === 0, !report.interrupted);
  }
}
