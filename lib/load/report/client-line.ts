import type { ClientResult } from '../load-client';

/** One client in the text report, as plain data. */
export interface ClientLine {
  readonly number: number;
  readonly ok: number;
  /** Round trips in ms. */
  readonly rtt: { readonly min: number; readonly max: number; readonly avg: number };
  /** The event's name; undefined where nothing went wrong. */
  readonly fault: string | undefined;
}

export const clientLine = ({ number, ok, rtt, fault }: ClientResult): ClientLine => ({
  number,
  ok,
  rtt,
  fault: fault?.event,
});
