import type { FrameError } from './frame-errors';
import { DEFAULT_MAX_PAYLOAD, MAX_ANNOUNCED } from './header';

/** What a FrameDecoder reads out. */
export type DecoderOutput = 'batches' | 'payloads';

/** How a FrameDecoder reads. Checked when they are given; `undefined` is the default. */
export interface FrameDecoderOptions<Output extends DecoderOutput = 'payloads'> {
  /** The largest payload accepted, in bytes; default 65536. A header that announces more is refused on the header alone. */
  maxPayload?: number | undefined;
  /** What is read out: `payloads` (the default), one Buffer for each frame, or `batches`, a FrameBatch for each chunk that completed frames. */
  output?: Output | undefined;
  /**
   * Given, a faulty stream raises no error, which would destroy the pipeline and with it what was already read: the fault is
   * handed over here, once, the readable side ends after the last whole frame, and what still arrives is discarded.
   */
  onFault?: ((error: FrameError) => void) | undefined;
}

function invalid(name: string, must: string, value: unknown, isOfType: boolean): Error {
  const words = `${name} must be ${must}, not ${typeof value === 'string' ? `'${value}'` : String(value)}`;
  return isOfType
    ? Object.assign(new RangeError(words), { code: 'ERR_OUT_OF_RANGE' })
    : Object.assign(new TypeError(words), { code: 'ERR_INVALID_ARG_TYPE' });
}

/**
 * A limit for payloads, checked.
 * @throws TypeError where it is no number, RangeError where no header can announce it
 */
export function readMaxPayload(value: number = DEFAULT_MAX_PAYLOAD): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_ANNOUNCED) return value;
  throw invalid('maxPayload', `a whole number from 0 to ${MAX_ANNOUNCED}`, value, typeof value === 'number');
}

const names: ReadonlySet<string> = new Set<keyof FrameDecoderOptions>(['maxPayload', 'output', 'onFault']);

/**
 * Checks the options of a decoder, but for `maxPayload`.
 * @throws TypeError, RangeError with the option's name and its value
 */
export function checkDecoderOptions(options: FrameDecoderOptions<DecoderOutput>): void {
  for (const name in options) {
    if (names.has(name)) continue;
    throw Object.assign(new TypeError(`there is no option ${name}: use ${[...names].join(', ')}`), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  const { output, onFault } = options as { readonly output?: unknown; readonly onFault?: unknown };
  if (output !== undefined && output !== 'batches' && output !== 'payloads') {
    throw invalid('output', 'batches or payloads', output, typeof output === 'string');
  }
  if (onFault !== undefined && typeof onFault !== 'function') throw invalid('onFault', 'a function', onFault, false);
}
