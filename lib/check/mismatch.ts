import type { Transcript } from './transcript';

/** The server broke the rule that a case checks. */
export class Mismatch extends Error {
  /**
   * @param got what came, in one sentence
   * @param bytes the exchange, where bytes differ
   * @param likely the likely bug, where the case knows better than the bytes do
   */
  constructor(
    readonly got: string,
    readonly bytes?: Transcript,
    readonly likely?: string,
  ) {
    super(got);
    this.name = 'Mismatch';
  }
}

/** The checker itself could not keep the pace that the case needs; says nothing about the server. */
export class Inconclusive extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Inconclusive';
  }
}
