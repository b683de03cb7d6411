/** The wire: frames on any Duplex. It loads nothing but `node:stream` and `node:buffer`. */
export type { DecoderOutput, FrameDecoderOptions } from './decoder-options';
export { FrameBatch, type Payload } from './frame-batch';
export { FrameDecoder } from './frame-decoder';
export { FrameEncoder, type FrameEncoderOptions } from './frame-encoder';
export { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
export { FrameParser } from './frame-parser';
export { DEFAULT_MAX_PAYLOAD, HEADER_LENGTH } from './header';
