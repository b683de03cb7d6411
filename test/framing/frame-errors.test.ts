import { expect } from 'chai';
import { FrameOversizeError, FrameTruncatedError } from '../../lib/framing';

describe('the errors of framing', () => {
  it('say by name, code and words what was announced, and what the limit is', () => {
    const error = new FrameOversizeError(70_000, 65_536, Buffer.from('GET '));
    expect(error).to.include({ name: 'FrameOversizeError', code: 'ERR_FRAME_OVERSIZE' });
    expect(error.message).to.equal('a frame of 70000 bytes was announced, the limit is 65536');
  });

  it('say by name, code and words how much of a frame came', () => {
    const error = new FrameTruncatedError(3, 9);
    expect(error).to.include({ name: 'FrameTruncatedError', code: 'ERR_FRAME_TRUNCATED' });
    expect(error.message).to.equal('the stream ended inside a frame: 3 of 9 bytes came');
  });
});
