import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Baseline, compareMetrics, differingSettings } from './comparison';
import type { LoadReport } from './load-report';

/** The page's own parts, beside `lib` and `dist` alike. */
const ASSETS = resolve(__dirname, '../../../assets/load-report');

/** A report as a page of one file: data, charts and looks, and no address that it would need a network for. */
export function pageReport(report: LoadReport, baseline: Baseline | undefined): string {
  const chart = (name: string): string => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8');
  const own = (name: string): string => readFileSync(join(ASSETS, name), 'utf8');
  const comparison = baseline && {
    file: baseline.file,
    report: baseline.report,
    figures: compareMetrics(baseline.report, report),
    differing: differingSettings(baseline.report, report),
  };
  const parts: Record<string, string> = {
    styles: chart('uPlot.min.css') + own('page.css'),
    // Inside a script element nothing but its end tag means anything, so that no "<" may stand in the data.
    data: JSON.stringify({ report, comparison: comparison ?? null }).replaceAll('<', '\\u003c'),
    charts: chart('uPlot.iife.min.js'),
    script: own('page.mjs'),
  };
  // A place is a comment, or a string, so that the page is well-formed as it stands.
  return own('page.html').replaceAll(/(?:\/\* |")\{\{(\w+)\}\}(?: \*\/|")/g, (_, name: string) => parts[name] ?? '');
}
