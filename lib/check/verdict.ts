import type { CheckCase } from './case';
import type { Transcript } from './transcript';

/** What came of one case. */
export interface Verdict {
  readonly case: CheckCase;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Why it was skipped. */
  readonly reason?: string;
  /** It was skipped because the run ended before it did. */
  readonly unfinished?: true;
  /** What was wrong. */
  readonly failure?: Failure;
}

export interface Failure {
  /** What came, in one sentence. */
  readonly got: string;
  /** The likely bug. */
  readonly likely: string;
  /** How the case differs over TLS, where it ran over it and does. */
  readonly overTls?: string;
  /** The bytes, where bytes differ. */
  readonly bytes?: Transcript;
}
