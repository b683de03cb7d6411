/** The exchange that went wrong, on its connection since the last one that did not: what was sent, what had to come, what came. */
export interface Transcript {
  readonly sent: Buffer;
  readonly expected: Buffer;
  readonly got: Buffer;
  /** Whether the stream ended behind what came. */
  readonly ended?: boolean;
}
