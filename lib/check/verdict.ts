import type { CheckCase, Rule } from './case';
import type { Transcript } from './transcript';

/** The result of one case. */
export interface Verdict<Case extends Rule = CheckCase> {
  readonly case: Case;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Why the case was skipped, or passed only when it was run again. */
  readonly reason?: string;
  /** The case was skipped because the run ended first. */
  readonly unfinished?: true;
  readonly failure?: Failure;
}

export interface Failure {
  /** What came instead, in words. */
  readonly got: string;
  /** The likely bug. */
  readonly likely: string;
  /** How the case differs over TLS, if it ran over TLS and does. */
  readonly overTls?: string;
  /** The bytes, where the wrong thing is a byte. */
  readonly bytes?: Transcript;
}
