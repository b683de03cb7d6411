import { plural } from '../text/quantities';
import type { CutKind, Finding } from './limit-search';
import type { CutShape, ProbeOptions, ProbeOutcome } from './run-probe';

/** What the reports need besides the outcome. */
export interface ProbeReportOptions extends Pick<ProbeOptions, 'max' | 'precision' | 'keepAlive'> {
  /** `host:port` */
  readonly peer: string;
  readonly interrupted: boolean;
  /** Of the run, in ms. */
  readonly durationMs: number;
}

const seconds = (value: number): string => `${Number(value.toFixed(3))} s`;
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function findingWords(finding: Finding): string {
  if (finding.found === 'none')
    return `no limit up to ${seconds(finding.longest)}: every connection was answered after its idle time`;
  const { answered, cut } = finding;
  if (finding.found === 'varies')
    return `the limit varies: one connection was cut after ${seconds(finding.cut)}, another was open after ${seconds(answered)}`;
  const known =
    answered > 0 ? `a connection idle for ${seconds(answered)} was answered` : 'no idle connection was answered';
  if (cut === undefined) return `no limit found: ${known}, and none was cut`;
  const isFound = finding.found === 'limit';
  return `${isFound ? `idle limit ${seconds(cut)}` : 'the limit was not found closely enough'}: ${known}, one idle for ${seconds(cut)} was cut`;
}

const kindWords: Readonly<Record<CutKind, string>> = {
  fin: 'with a FIN',
  reset: 'with a reset',
  silence: 'in silence',
};

function cutWords({ kind, when }: CutShape): string {
  if (when === 'resting') return `cut ${kindWords[kind]} while the connection is idle: a client can see it at once`;
  if (kind === 'silence')
    return 'cut in silence: nothing shows while it is idle, and what is sent then gets no answer: a client needs a timeout';
  return `cut ${kindWords[kind]} when the client speaks: nothing shows while the connection is idle`;
}

const sideWords = (clientBytesCount: boolean): string =>
  clientBytesCount
    ? 'bytes from the client alone keep a connection open, though nothing comes back'
    : 'bytes from the client alone do not keep a connection open: the silence of the server counts';

/** The report for people. */
export function textProbe(outcome: ProbeOutcome, options: ProbeReportOptions): string {
  const { finding, cut, clientBytesCount, keepAlivePrevents, failed } = outcome;
  const { keepAlive, peer, interrupted } = options;
  return [
    `${interrupted ? 'interrupted: ' : ''}${peer}: ${findingWords(finding)}`,
    ...(cut === undefined ? [] : [cutWords(cut)]),
    ...(clientBytesCount === undefined ? [] : [sideWords(clientBytesCount)]),
    ...(keepAlivePrevents === undefined
      ? []
      : [
          `TCP keep-alive after ${seconds(keepAlive ?? 0)} ${keepAlivePrevents ? 'prevents' : 'does not prevent'} the cut`,
        ]),
    ...(failed > 0 ? [`${plural(failed, 'connection')} could not be made or gave no first echo`] : []),
  ].join('\n');
}

/** The same as one line of JSON. Rests are in seconds. */
export function jsonProbe(outcome: ProbeOutcome, options: ProbeReportOptions): string {
  const { finding, cut, cuts, clientBytesCount, keepAlivePrevents, rounds, failed } = outcome;
  const { peer, max, precision, keepAlive, interrupted, durationMs } = options;
  const answered = finding.found === 'none' ? finding.longest : finding.answered;
  const shortestCut = finding.found === 'none' ? undefined : finding.cut;
  return JSON.stringify({
    target: peer,
    found: finding.found,
    answered_sec: rounded(answered),
    cut_sec: shortestCut === undefined ? null : rounded(shortestCut),
    cut: cut ?? null,
    cuts,
    client_bytes_keep_open: clientBytesCount ?? null,
    keep_alive: keepAlive === undefined ? null : { sec: keepAlive, prevents: keepAlivePrevents ?? null },
    max_sec: max,
    precision_sec: precision,
    rounds,
    failed,
    interrupted,
    duration_ms: Math.round(durationMs),
  });
}
