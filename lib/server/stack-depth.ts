/** Frames that a stack trace keeps: where it happened, and who called. */
const STACK_DEPTH = 2;

/**
 * Makes stack traces short, for a process that serves. Node's pipeline makes an AbortError, trace and all, whenever a pipeline
 * ends: traces of ten frames are a third of what all the streams of a short connection cost.
 */
export function limitStackTraces(): void {
  Error.stackTraceLimit = STACK_DEPTH;
}
