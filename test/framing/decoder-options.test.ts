import { expect } from 'chai';
import { FrameDecoder, FrameParser } from '../../lib/framing';

describe('The options of a FrameDecoder', () => {
  it('are the defaults where they are undefined', () => {
    expect(() => new FrameDecoder({ maxPayload: undefined, output: undefined, onFault: undefined })).not.to.throw();
    expect(new FrameParser(undefined).maxPayload).to.equal(65_536);
    expect(new FrameParser(0).maxPayload).to.equal(0);
    expect(new FrameParser(0xffff_ffff).maxPayload).to.equal(0xffff_ffff);
  });

  const refused: [options: object, type: typeof TypeError | typeof RangeError, code: string, words: RegExp][] = [
    [
      { maxPayload: NaN },
      RangeError,
      'ERR_OUT_OF_RANGE',
      /^maxPayload must be a whole number from 0 to 4294967295, not NaN$/,
    ],
    [{ maxPayload: 1.5 }, RangeError, 'ERR_OUT_OF_RANGE', /^maxPayload .* not 1\.5$/],
    [{ maxPayload: -1 }, RangeError, 'ERR_OUT_OF_RANGE', /^maxPayload .* not -1$/],
    [{ maxPayload: 2 ** 32 }, RangeError, 'ERR_OUT_OF_RANGE', /^maxPayload .* not 4294967296$/],
    [{ maxPayload: '64' }, TypeError, 'ERR_INVALID_ARG_TYPE', /^maxPayload .* not '64'$/],
    [{ output: 'frames' }, RangeError, 'ERR_OUT_OF_RANGE', /^output must be batches or payloads, not 'frames'$/],
    [{ output: 5 }, TypeError, 'ERR_INVALID_ARG_TYPE', /^output .* not 5$/],
    [{ onFault: true }, TypeError, 'ERR_INVALID_ARG_TYPE', /^onFault must be a function, not true$/],
    [{ limit: 5 }, TypeError, 'ERR_INVALID_ARG_VALUE', /^there is no option limit: use maxPayload, output, onFault$/],
  ];
  for (const [options, type, code, words] of refused) {
    it(`are refused: ${words.source}`, () => {
      expect(() => new FrameDecoder(options))
        .to.throw(type, words)
        .with.property('code', code);
    });
  }
});
