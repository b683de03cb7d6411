import { styleText } from 'node:util';
import { plural } from '../../text/quantities';
import { groupOf, groupsOf, type Rule } from '../case';
import { type Cause, shortIds } from '../causes';
import { hexDiff } from '../hex-diff';
import type { Failure, Verdict } from '../verdict';
import { type CheckReport, isWarning } from './check-report';

/** The styles of the report: {@link plain} or {@link colored}. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

const asIs = (text: string): string => text;
export const plain: Style = { good: asIs, bad: asIs, warn: asIs, dim: asIs, bold: asIs };

type Format = Parameters<typeof styleText>[0];
/** The caller knows whether the terminal shows colours. */
const styled =
  (format: Format) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false });
export const colored: Style = {
  good: styled('green'),
  bad: styled('red'),
  warn: styled('yellow'),
  dim: styled('dim'),
  bold: styled('bold'),
};

/** Enough columns for `timeouts/5.10`, the longest id. */
const ID_WIDTH = 14;
const LABEL_WIDTH = 10;
const INDENT = ' '.repeat(6);

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${INDENT}${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

function failureLines(check: Rule, { got, likely, bytes, overTls }: Failure, style: Style): string[] {
  const lines = [
    ...labelled('sent', [check.sends]),
    ...labelled('expected', [check.expects]),
    ...(overTls === undefined ? [] : labelled('over TLS', [overTls])),
    ...labelled('got', [style.bold(got)]),
    ...labelled('likely', [likely]),
    ...labelled('why', [check.why]),
  ];
  if (!bytes) return lines;
  const diff = hexDiff(bytes);
  return [
    ...lines,
    `${INDENT}first difference at byte ${diff.at} of the reply:`,
    ...labelled('sent', diff.sent.map(style.dim)),
    ...labelled('expected', diff.expected.map(style.good)),
    ...labelled('got', diff.got.map(style.bad)),
  ];
}

/** The whole exchange of the example of a cause; of other failures only what came. */
function failureOf(verdict: Verdict<Rule>, failure: Failure, causes: readonly Cause[], style: Style): string[] {
  const example = causes.find(({ verdicts }) => verdicts.includes(verdict))?.example ?? verdict;
  if (example === verdict) return failureLines(verdict.case, failure, style);
  return [...labelled('got', [style.bold(failure.got)]), ...labelled('likely', [`as ${example.case.id}`])];
}

function verdictLines(verdict: Verdict<Rule>, strict: boolean, causes: readonly Cause[], style: Style): string[] {
  const { case: check, status, reason, failure } = verdict;
  const id = check.id.padEnd(ID_WIDTH);
  const level = check.level === 'SHOULD' ? ' (SHOULD)' : '';
  const seconds = verdict.durationMs >= 1000 ? ` (${(verdict.durationMs / 1000).toFixed(1)} s)` : '';
  if (status === 'passed')
    return [
      `  ${style.good('✓')} ${style.dim(id)} ${check.rule}${level}${style.dim(seconds)}`,
      ...(reason === undefined ? [] : [`${INDENT}${style.warn(`passed ${reason}`)}`]),
    ];
  if (status === 'skipped')
    return [`  ${style.dim(`- ${id} ${check.rule}${level}`)}`, `${INDENT}${style.dim(`skipped: ${reason ?? ''}`)}`];
  const mark = isWarning(verdict, strict) ? style.warn('! ') : style.bad('✗ ');
  return [
    `  ${mark}${id} ${style.bold(check.rule)}${level}${style.dim(seconds)}`,
    ...(failure ? failureOf(verdict, failure, causes, style) : []),
  ];
}

/** The likely causes, with the number and ids of the cases that each explains. */
function causeLines(causes: readonly Cause[], style: Style): string[] {
  if (causes.length === 0) return [];
  const width = String(causes[0]?.verdicts.length).length;
  return [
    style.bold('failures by likely cause'),
    ...causes.flatMap(({ likely, verdicts }) => [
      `  ${style.bad(String(verdicts.length).padStart(width))}  ${likely}`,
      `  ${' '.repeat(width)}  ${style.dim(shortIds(verdicts))}`,
    ]),
    '',
  ];
}

/** The report for people: each case with its rule, one failed exchange in full for each likely cause, and the failures by cause. */
export function textReport(
  { verdicts, strict, seconds, totals, causes, interrupted }: CheckReport,
  style: Style = plain,
): string {
  const sections = groupsOf(verdicts.map(({ case: check }) => check)).flatMap((group) => {
    const ofGroup = verdicts.filter((verdict) => groupOf(verdict.case) === group);
    return ofGroup.length === 0
      ? []
      : [style.bold(group), ...ofGroup.flatMap((verdict) => verdictLines(verdict, strict, causes, style)), ''];
  });
  const { passed, failed, skipped, warnings } = totals;
  const parts = [
    style.good(`${passed} passed`),
    (failed > warnings ? style.bad : asIs)(`${failed - warnings} failed`),
    ...(warnings > 0 ? [style.warn(plural(warnings, 'warning'))] : []),
    `${skipped} skipped`,
  ];
  const early = interrupted ? style.bad('interrupted: ') : '';
  return [...sections, ...causeLines(causes, style), `${early}${parts.join(', ')} in ${seconds.toFixed(1)} s`].join(
    '\n',
  );
}

/** The cases, one line each. */
export function textList(cases: readonly Rule[]): string {
  return cases.map(({ id, level, rule }) => `${id.padEnd(ID_WIDTH)} ${level.padEnd(6)} ${rule}`).join('\n');
}
