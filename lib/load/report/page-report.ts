import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Baseline, compareMetrics, differingSettings } from './comparison';
import { type LoadReport, problemsOf } from './load-report';

/** The page's template, style and script; the path is the same from `lib` and `dist`. */
const ASSETS = resolve(__dirname, '../../../assets/load-report');

/** A report as an HTML page in one file that loads nothing from a network. */
export function pageReport(report: LoadReport, baseline: Baseline | undefined): string {
  const chart = (name: string): string => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8');
  const own = (name: string): string => readFileSync(join(ASSETS, name), 'utf8');
  const comparison = baseline && {
    file: baseline.file,
    report: baseline.report,
    metrics: compareMetrics(baseline.report, report),
    differing: differingSettings(baseline.report, report),
  };
  const parts: Record<string, string> = {
    styles: chart('uPlot.min.css') + own('page.css'),
    // In a script element only its end tag has a meaning: without a "<" the data cannot end it.
    data: JSON.stringify({ report, problems: problemsOf(report), comparison: comparison ?? null }).replaceAll(
      '<',
      '\\u003c',
    ),
    charts: chart('uPlot.iife.min.js'),
    script: own('page.mjs'),
  };
  // Placeholders are comments or strings, so that the template itself is valid.
  return own('page.html').replaceAll(/(?:\/\* |")\{\{(\w+)\}\}(?: \*\/|")/g, (_, name: string) => parts[name] ?? '');
}
