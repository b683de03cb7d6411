export { FrameBatch, type Payload } from './frame-batch';
export type { DecoderOutput, FrameDecoderOptions } from './decoder-options';
export { FrameDecoder } from './frame-decoder';
export { FrameEncoder, type FrameEncoderOptions } from './frame-encoder';
export { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
export { FrameParser } from './frame-parser';
export { DEFAULT_MAX_PAYLOAD, HEADER_LENGTH, MAX_ANNOUNCED, frameHeader } from './header';
export { Intake } from './intake';
