import { expect } from 'chai';
import { announcedLength, frameHeader } from '../../lib/framing/header';

describe('The header', () => {
  for (const length of [0, 1, 0xff, 0x0102, 0x01_0203, 0x0102_0304, 0x8000_0000, 0xffff_ffff]) {
    it(`announces ${length} bytes, big-endian, wherever it stands`, () => {
      const bytes = Buffer.concat([Buffer.from('before'), frameHeader(length), Buffer.from('behind')]);
      expect(bytes.readUInt32BE(6)).to.equal(length);
      expect(announcedLength(bytes, 6)).to.equal(length);
    });
  }
});
