import type { FrameError } from './frame-errors';
import { DEFAULT_MAX_PAYLOAD, MAX_ANNOUNCED } from './header';

/** What a FrameDecoder yields: a Buffer for each payload, or a FrameBatch for each chunk that completed frames. */
export type DecoderOutput = 'batches' | 'payloads';

/** How a FrameDecoder decodes. Checked by its constructor; `undefined` stands for the default. */
export interface FrameDecoderOptions<Output extends DecoderOutput = 'payloads'> {
  /**
   * Largest payload accepted, in bytes, 0 to 4294967295. Default 65536. A header that announces more is refused at
   * once.
   */
  maxPayload?: number | undefined;
  /** `payloads` (the default) or `batches`. */
  output?: Output | undefined;
  /**
   * Called once with the error of a faulty stream, which is then not destroyed: its readable side ends after the last
   * whole frame, and what still arrives is discarded. A pipeline can so finish in order. Default: the stream fails with
   * the error.
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
 * Checks a limit for payloads.
 * @throws {TypeError} (`ERR_INVALID_ARG_TYPE`) if it is not a number
 * @throws {RangeError} (`ERR_OUT_OF_RANGE`) if a header cannot announce it
 */
export function readMaxPayload(value: number = DEFAULT_MAX_PAYLOAD): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_ANNOUNCED) return value;
  throw invalid('maxPayload', `a whole number from 0 to ${MAX_ANNOUNCED}`, value, typeof value === 'number');
}

const names: ReadonlySet<string> = new Set<keyof FrameDecoderOptions>(['maxPayload', 'output', 'onFault']);

/**
 * Checks the options of a decoder, except `maxPayload`.
 * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
 *   `ERR_INVALID_ARG_TYPE`)
 * @throws {RangeError} (`ERR_OUT_OF_RANGE`) for an unknown `output`
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
