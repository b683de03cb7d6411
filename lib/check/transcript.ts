/** What was exchanged on one connection since its last right reply. */
export interface Transcript {
  readonly sent: Buffer;
  readonly expected: Buffer;
  readonly got: Buffer;
  /** Whether the stream ended after `got`. */
  readonly ended?: boolean;
}
