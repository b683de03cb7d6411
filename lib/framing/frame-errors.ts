/** A header announced more than the limit. The frames before it are good; nothing after it can be read. */
export class FrameOversizeError extends Error {
  readonly code = 'ERR_FRAME_OVERSIZE';

  /**
   * @param announced payload bytes that the header announced
   * @param maxPayload the limit, in bytes
   * @param firstBytes what came from that header on, 32 bytes at most: it often tells what the peer speaks instead
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
   * @param have bytes of the frame that came, its header included
   * @param need bytes of the whole frame, its header included; 4 where not even the header was whole
   */
  constructor(
    readonly have: number,
    readonly need: number,
  ) {
    super(`the stream ended inside a frame: ${have} of ${need} bytes came`);
    this.name = 'FrameTruncatedError';
  }
}

/** What can be wrong with a framed stream. */
export type FrameError = FrameOversizeError | FrameTruncatedError;
