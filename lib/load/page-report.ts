import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RunError, errorCode, exitFor } from '../errors';
import { type Earlier, compareFigures, differingSettings } from './comparison';
import type { LoadReport } from './report';

/** The page's own parts, beside `lib` and `dist` alike. */
const ASSETS = resolve(__dirname, '../../assets/load-report');

/** A file that a report will be written to. */
export interface Page {
  write(report: LoadReport, earlier: Earlier | undefined): void;
}

/**
 * Makes sure that a page can be written, before a run that would be lost otherwise.
 * @throws {RunError} where its folder is not there, or it may not be written
 */
export function openPage(file: string): Page {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) accessSync(dirname(resolve(file)), constants.W_OK);
    else accessSync(file, constants.W_OK);
  } catch (error) {
    throw cannotWrite(file, error);
  }
  return {
    write(report, earlier) {
      try {
        writeFileSync(file, pageReport(report, earlier));
      } catch (error) {
        throw cannotWrite(file, error);
      }
    },
  };
}

function cannotWrite(file: string, error: unknown): RunError {
  const code = errorCode(error);
  return new RunError(
    code === 'ENOENT' ? 'ioError' : exitFor(error),
    `--report ${file}: cannot be written (${code})`,
    code,
  );
}

/** A report as a page of one file: data, charts and looks, and no address that it would need a network for. */
export function pageReport(report: LoadReport, earlier: Earlier | undefined): string {
  const chart = (name: string): string => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8');
  const own = (name: string): string => readFileSync(join(ASSETS, name), 'utf8');
  const comparison = earlier && {
    file: earlier.file,
    report: earlier.report,
    figures: compareFigures(earlier.report, report),
    differing: differingSettings(earlier.report, report),
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
