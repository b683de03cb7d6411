export { FrameBatch, type Payload } from './frame-batch';
export { FrameDecoder, type FrameDecoderOptions } from './frame-decoder';
export { FrameEncoder } from './frame-encoder';
export { type FrameError, FrameOversizeError, FrameTruncatedError } from './frame-errors';
export { FrameParser } from './frame-parser';
export { DEFAULT_MAX_PAYLOAD, HEADER_LENGTH, MAX_ANNOUNCED, frameHeader } from './header';
export { type InlineOptions, InlineTransform } from './inline-transform';
export { Intake } from './intake';
