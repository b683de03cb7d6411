/** Length-prefix framing for any Duplex. Loads nothing but `node:stream` and `node:buffer`. */
export type { DecoderOutput, FrameDecoderOptions } from './decoder-options';
export { FrameBatch, type Payload } from './frame-batch';
export { FrameDecoder } from './frame-decoder';
export { FrameEncoder, type FrameEncoderOptions } from './frame-encoder';
export { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
export { FrameParser } from './frame-parser';
export { DEFAULT_MAX_PAYLOAD, HEADER_LENGTH } from './header';
