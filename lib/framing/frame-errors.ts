/** A header announced more than the limit. The frames before it are good; nothing after it can be decoded. */
export class FrameOversizeError extends Error {
  readonly code = 'ERR_FRAME_OVERSIZE';

  /**
   * @param announced payload bytes that the header announced
   * @param maxPayload the limit, in bytes
   * @param firstBytes the header and what followed it, at most 32 bytes: they often show which protocol the peer speaks
   */
  constructor(
    readonly announced: number,
    readonly maxPayload: number,
    readonly firstBytes: Buffer,
  ) {
    super(`a frame of ${announced} bytes was announced, the limit is ${maxPayload}`);
    this.name = 'FrameOversizeError';
  }
}

/** The stream ended inside a frame. */
export class FrameTruncatedError extends Error {
  readonly code = 'ERR_FRAME_TRUNCATED';

  /**
   * @param have bytes of the frame that arrived, header included
   * @param need bytes of the whole frame, header included; 4 if the header itself was incomplete
   */
  constructor(
    readonly have: number,
    readonly need: number,
  ) {
    super(`the stream ended inside a frame: ${have} of ${need} bytes came`);
    this.name = 'FrameTruncatedError';
  }
}

/** The errors of a framed stream. */
export type FrameError = FrameOversizeError | FrameTruncatedError;
