/** What ended a run before every case had its verdict. */
export type EndedEarly = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'deadline';

/** The reason of a signal that was aborted when the time for all of it was up. */
export class DeadlinePassed extends Error {
  constructor(seconds: number) {
    super(`the deadline of ${seconds} s passed`);
    this.name = 'DeadlinePassed';
  }
}

/** What ended a run early, by its signal's reason; undefined where nothing did. */
export function endedEarlyBy({ aborted, reason }: AbortSignal): EndedEarly | undefined {
  if (!aborted) return undefined;
  return reason instanceof DeadlinePassed ? 'deadline' : (reason as EndedEarly);
}

/** Why a case that had begun, or not, has no verdict. */
export function unfinishedReason({ reason }: AbortSignal, begun: boolean): string {
  const words = reason instanceof DeadlinePassed ? reason.message : 'interrupted';
  return begun ? `${words} while it ran` : words;
}
