import type { LengthDecoderFunction, LengthEncoderFunction } from 'it-length-prefixed';

/** Teaches npm it-length-prefixed, whose own lengths are varints, to speak four bytes, big-endian. */
export const lengthDecoder: LengthDecoderFunction = Object.assign(
  (data: Parameters<LengthDecoderFunction>[0]): number => {
    if (data.byteLength < 4) throw new RangeError('a header that is not whole'); // its sign to wait for more
    return data.getUint32(0);
  },
  { bytes: 4 },
);

export const lengthEncoder: LengthEncoderFunction = Object.assign(
  (length: number): Uint8Array<ArrayBuffer> => {
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, length);
    return header;
  },
  { bytes: 4 },
);
