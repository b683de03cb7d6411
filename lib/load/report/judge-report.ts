import type { Expectation } from './expectation';
import { type LoadReport, durationsOf } from './load-report';
import { judgeStage, kneeOf } from './stage-report';

/** A report with the results of expectations, of the run and of each of its stages. */
export function judgeReport(report: LoadReport, expectations: readonly Expectation[]): LoadReport {
  const durations = durationsOf(report);
  const stages = report.stages.map((stage) => judgeStage(stage, expectations));
  return {
    ...report,
    expectations: expectations.map((check) => check(report, durations)),
    stages,
    knee: kneeOf(stages),
  };
}
