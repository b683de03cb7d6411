import type { Transcript } from './transcript';

/** The server broke the rule of a case. */
export class Mismatch extends Error {
  /**
   * @param got what came instead, in words
   * @param bytes the exchange, where the wrong thing is a byte
   * @param likely the likely bug, where the case knows it better than the bytes show it
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

/** The check could not do what the case needs, for instance keep its pace. This says nothing about the server. */
export class Inconclusive extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Inconclusive';
  }
}
